/**
 * What may change in a photo although nothing moves it, such as a shadow: its tokens are free, and its
 * pixels take the backbone's picture softly.
 */

import type { Size } from '../../../shared/drag.ts'
import { type PackedMask, unpackMask } from '../../../shared/files/packed-mask.ts'
import { softness } from '../../../shared/instant/softness.ts'
import { isOnMask } from '../../../shared/mask.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import { bilinear, forEachPixel } from './working-grid.ts'

/** The blend goes from nothing to everything over so many working pixels, if the area is wide enough. */
const SOFT = 32

/** An affected area of a photo, or of the part of it that is edited. */
export type Affected = {
  /** The tokens with some of it, flat, outside the edit region. */
  readonly tokens: readonly number[]
  /** How much of the backbone's picture a pixel takes, 0 to 1: 0 outside the area. */
  readonly weight: (x: number, y: number) => number
}

/**
 * @param photoSize of the whole photo
 * @param area the part of it that is edited
 * @param region the edit region: where the area meets it, nothing fades
 */
export async function affectedArea(
  packed: PackedMask,
  photoSize: Size,
  area: Rectangle,
  working: Size,
  grid: TokenGrid,
  region: readonly number[],
): Promise<Affected> {
  const mask = await unpackMask(packed)
  const isOn = (x: number, y: number) => isOnMask(mask, photoSize, area.left + x, area.top + y)
  const [scaleX, scaleY] = [area.width / working.width, area.height / working.height]
  const inside = new Set(region)
  const part = new Uint8Array(working.width * working.height)
  const tokens: number[] = []
  for (let token = 0; token < grid.rows * grid.cols; token++) {
    let some = false
    forEachPixel(token, grid, working, (at, x, y) => {
      const on = isOn(Math.floor((x + 0.5) * scaleX), Math.floor((y + 0.5) * scaleY))
      if (on) some = true
      if (on || inside.has(token)) part[at] = 1
    })
    if (some && !inside.has(token)) tokens.push(token)
  }
  const map = { ...working, data: softness(part, working, SOFT), stride: 1, offset: 0 }
  const weight = (x: number, y: number) =>
    isOn(x, y) ? bilinear(map, (x + 0.5) / scaleX - 0.5, (y + 0.5) / scaleY - 0.5) : 0
  return { tokens, weight }
}
