/**
 * For every pixel the nearest pixel with a flag (exact Euclidean feature transform in two passes;
 * Meijster et al., 2000, with parabolas as in Felzenszwalb and Huttenlocher, 2012).
 */

import type { Size } from '../../drag.ts'

/** Flat index of the nearest flagged pixel by pixel, -1 if there is none. */
export function nearestFlagged(flags: Uint8Array, { width, height }: Size): Int32Array {
  const above = nearestInColumns(flags, width, height)
  const nearest = new Int32Array(flags.length).fill(-1)
  // Columns whose parabolas form the lower envelope of a row, and where each begins.
  const column = new Int32Array(width)
  const begins = new Float64Array(width + 1)
  for (let y = 0; y < height; y++) {
    const squared = (x: number) => (above[y * width + x]! - y) ** 2
    let count = 0
    for (let x = 0; x < width; x++) {
      if (above[y * width + x] === -1) continue
      let from = Number.NEGATIVE_INFINITY
      while (count > 0) {
        const last = column[count - 1]!
        from = (squared(x) + x * x - squared(last) - last * last) / (2 * (x - last))
        if (from > begins[count - 1]!) break
        count--
        from = Number.NEGATIVE_INFINITY
      }
      column[count] = x
      begins[count] = from
      count++
    }
    for (let x = 0, k = 0; x < width && count > 0; x++) {
      while (k + 1 < count && begins[k + 1]! <= x) k++
      const col = column[k]!
      nearest[y * width + x] = above[y * width + col]! * width + col
    }
  }
  return nearest
}

/** The row of the nearest flag in the same column, -1 if there is none. */
function nearestInColumns(flags: Uint8Array, width: number, height: number): Int32Array {
  const nearest = new Int32Array(flags.length)
  for (let x = 0; x < width; x++) {
    let last = -1
    for (let y = 0; y < height; y++) {
      if (flags[y * width + x] !== 0) last = y
      nearest[y * width + x] = last
    }
    last = -1
    for (let y = height - 1; y >= 0; y--) {
      const at = y * width + x
      if (flags[at] !== 0) last = y
      if (last !== -1 && (nearest[at] === -1 || last - y < y - nearest[at]!)) nearest[at] = last
    }
  }
  return nearest
}
