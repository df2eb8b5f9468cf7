/** Dilation of flags on a grid, be they tokens or pixels. */

import type { Size } from '../drag.ts'

/** Every 1 over `reach` places to all sides, corners included; beyond the border there is nothing. */
export function dilated(flags: Uint8Array, { width, height }: Size, reach: number): Uint8Array {
  const rows = spread(flags, width, height, 1, width, reach)
  return spread(rows, height, width, width, 1, reach)
}

/** Every 1 over so many places to either side, along lines of `length` that are `stride` apart. */
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
