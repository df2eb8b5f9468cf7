/** Dilation of flags on a grid of tokens or pixels. */

import type { Size } from '../drag.ts'

/** Grows every 1 by `reach` places in all directions, including diagonally. */
export function dilated(flags: Uint8Array, { width, height }: Size, reach: number): Uint8Array {
  const rows = spread(flags, width, height, 1, width, reach)
  return spread(rows, height, width, width, 1, reach)
}

/** Grows every 1 by `reach` places in one dimension, along lines that are `stride` apart. */
function spread(
  flags: Uint8Array,
  length: number,
  lines: number,
  step: number,
  stride: number,
  reach: number,
): Uint8Array {
  const out = new Uint8Array(flags.length)
  for (let line = 0; line < lines; line++) {
    let until = -1
    for (let i = -reach; i < length; i++) {
      const ahead = i + reach
      if (ahead < length && flags[line * stride + ahead * step] === 1) until = ahead + reach
      if (i >= 0 && i <= until) out[line * stride + i * step] = 1
    }
  }
  return out
}
