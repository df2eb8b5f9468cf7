/** Brightness of a picture, and how much fine detail it has. */

import type { Picture } from '../../picture.ts'

/** Luma (BT.601) of each pixel, 0 to 255. */
export function lumaOf({ data, width, height }: Picture): Float32Array {
  const luma = new Float32Array(width * height)
  for (let at = 0; at < luma.length; at++)
    luma[at] = 0.299 * data[4 * at]! + 0.587 * data[4 * at + 1]! + 0.114 * data[4 * at + 2]!
  return luma
}

/**
 * Standard deviation of the Laplacian (4 times a pixel less its four neighbours) over some pixels;
 * those at the picture's border are left out. Undefined without any.
 */
export function laplacianDeviation(
  luma: Float32Array,
  { width, height }: Picture,
  on: Iterable<number>,
): number | undefined {
  let [count, sum, squares] = [0, 0, 0]
  for (const at of on) {
    const col = at % width
    if (col === 0 || col === width - 1 || at < width || at >= width * (height - 1)) continue
    const value =
      4 * luma[at]! - luma[at - 1]! - luma[at + 1]! - luma[at - width]! - luma[at + width]!
    count++
    sum += value
    squares += value * value
  }
  if (count === 0) return undefined
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2))
}
