/** Small pictures for tests of the evaluation. */

import type { Picture } from '../../evaluation/picture.ts'
import type { Size } from '../../shared/drag.ts'

/** A picture of which each pixel has a colour. */
export function pictureOf(
  { width, height }: Size,
  colour: (x: number, y: number) => readonly [number, number, number],
): Picture {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at += 4) data.set([...colour(x, y), 255], at)
  return { width, height, data }
}

/** Flags of the pixels from `left`, `top` to before `right`, `bottom`. */
export function rectangle(
  { width, height }: Size,
  left: number,
  top: number,
  right: number,
  bottom: number,
): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return x >= left && x < right && y >= top && y < bottom ? 1 : 0
  })
}

/** The colour of a pixel. */
export function colourAt({ width, data }: Picture, x: number, y: number): number[] {
  return [...data.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)]
}
