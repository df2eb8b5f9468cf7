/** Samples of a picture between its pixels. */

import type { Size } from '../../../shared/drag.ts'
import { cubicWeights } from '../../../shared/instant/motion/sample.ts'

const across = new Float64Array(4)
const down = new Float64Array(4)

/**
 * Adds the bicubic sample at `(x, y)` (pixel centres at halves) to `out`: three colours. Beyond its
 * border, a picture goes on with its last pixels.
 *
 * @param rgb interleaved
 */
export function addCubic(
  rgb: Uint8Array,
  { width, height }: Size,
  x: number,
  y: number,
  out: Float64Array,
): void {
  const col = Math.floor(x - 0.5)
  const row = Math.floor(y - 0.5)
  cubicWeights(x - 0.5 - col, across)
  cubicWeights(y - 0.5 - row, down)
  for (let j = 0; j < 4; j++) {
    const line = Math.max(0, Math.min(height - 1, row - 1 + j)) * width
    for (let i = 0; i < 4; i++) {
      const weight = down[j]! * across[i]!
      if (weight === 0) continue
      const at = 3 * (line + Math.max(0, Math.min(width - 1, col - 1 + i)))
      for (let k = 0; k < 3; k++) out[k] = out[k]! + weight * rgb[at + k]!
    }
  }
}
