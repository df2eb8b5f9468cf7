/** Samples of a cut-out between pixels: colours bicubic, alpha bilinear. */

import type { CutOut } from '../cut-out.ts'

/** Catmull-Rom weights of the four neighbours at `t` in [0, 1) past the second. */
export function cubicWeights(t: number, out: Float64Array): void {
  out[0] = t * (-0.5 + t * (1 - 0.5 * t))
  out[1] = 1 + t * t * (-2.5 + 1.5 * t)
  out[2] = t * (0.5 + t * (2 - 1.5 * t))
  out[3] = t * t * (-0.5 + 0.5 * t)
}

const across = new Float64Array(4)
const down = new Float64Array(4)

/**
 * Adds the sample at `(x, y)` of the photo (pixel centres at halves) to `out`: four colours times
 * alpha, then alpha.
 */
export function addSample(thing: CutOut, x: number, y: number, out: Float64Array): void {
  const u = x - thing.left - 0.5
  const v = y - thing.top - 0.5
  const col = Math.floor(u)
  const row = Math.floor(v)
  const { width, height, rgba } = thing
  if (col < -1 || row < -1 || col >= width || row >= height) return
  const alpha = alphaAt(thing, col, row, u - col, v - row)
  if (alpha <= 0) return
  cubicWeights(u - col, across)
  cubicWeights(v - row, down)
  let [red, green, blue, opacity] = [0, 0, 0, 0]
  for (let j = 0; j < 4; j++) {
    const line = Math.min(height - 1, Math.max(0, row - 1 + j)) * width
    for (let i = 0; i < 4; i++) {
      const at = 4 * (line + Math.min(width - 1, Math.max(0, col - 1 + i)))
      const weight = down[j]! * across[i]!
      red += weight * rgba[at]!
      green += weight * rgba[at + 1]!
      blue += weight * rgba[at + 2]!
      opacity += weight * rgba[at + 3]!
    }
  }
  out[0] = out[0]! + alpha * red
  out[1] = out[1]! + alpha * green
  out[2] = out[2]! + alpha * blue
  out[3] = out[3]! + alpha * opacity
  out[4] = out[4]! + alpha
}

function alphaAt(thing: CutOut, col: number, row: number, a: number, b: number): number {
  const { width, height, alpha } = thing
  const value = (c: number, r: number) =>
    c < 0 || r < 0 || c >= width || r >= height ? 0 : alpha[r * width + c]!
  return (
    (1 - b) * ((1 - a) * value(col, row) + a * value(col + 1, row)) +
    b * ((1 - a) * value(col, row + 1) + a * value(col + 1, row + 1))
  )
}
