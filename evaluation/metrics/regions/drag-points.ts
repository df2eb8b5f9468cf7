/** Points of drags as pixels. */

import { type Drag, isPin, type Point, type Size } from '../../../shared/drag.ts'

/** Column and row of the pixel that contains a point; of the nearest pixel for one on the far border. */
export type Pixel = { readonly col: number; readonly row: number }

export function pixelAt({ x, y }: Point, { width, height }: Size): Pixel {
  const within = (value: number, count: number) =>
    Math.min(count - 1, Math.max(0, Math.floor(value)))
  return { col: within(x, width), row: within(y, height) }
}

/** From the centre of a pixel to a point, in pixels. */
export function distanceTo({ col, row }: Pixel, { x, y }: Point): number {
  return Math.hypot(col + 0.5 - x, row + 0.5 - y)
}

/** The drags that are no pins. */
export function moving(drags: readonly Drag[]): readonly Drag[] {
  return drags.filter((drag) => !isPin(drag))
}

/** The mean of some values; undefined of none. */
export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, one) => sum + one, 0) / values.length
}
