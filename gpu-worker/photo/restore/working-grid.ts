/** Tokens and pixels of the working size, and values between pixels or tokens. */

import type { Size } from '../../../shared/drag.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'

/** Calls `visit` for each working pixel of a token, with its index and its place. */
export function forEachPixel(
  token: number,
  { cols }: TokenGrid,
  { width }: Size,
  visit: (at: number, x: number, y: number) => void,
): void {
  const pitch = width / cols
  const top = Math.floor(token / cols) * pitch
  const left = (token % cols) * pitch
  for (let y = top; y < top + pitch; y++)
    for (let x = left; x < left + pitch; x++) visit(y * width + x, x, y)
}

/** Values of a picture: `stride` for each place, of which the one at `offset` is meant. */
export type Values = Size & {
  readonly data: Float32Array
  readonly stride: number
  readonly offset: number
}

/** Bilinear interpolation at `(u, v)`, in places from the middle of the first; constant beyond the last. */
export function bilinear(
  { width, height, data, stride, offset }: Values,
  u: number,
  v: number,
): number {
  const x = Math.max(0, Math.min(width - 1, u))
  const y = Math.max(0, Math.min(height - 1, v))
  const col = Math.floor(x)
  const row = Math.floor(y)
  const right = Math.min(width - 1, col + 1)
  const below = Math.min(height - 1, row + 1)
  const [a, b] = [x - col, y - row]
  const value = (c: number, r: number) => data[stride * (r * width + c) + offset]!
  return (
    (1 - b) * ((1 - a) * value(col, row) + a * value(right, row)) +
    b * ((1 - a) * value(col, below) + a * value(right, below))
  )
}
