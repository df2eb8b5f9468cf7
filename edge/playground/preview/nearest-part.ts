/** Which part of a mask a token belongs to. */

import type { TokenGrid } from '../../../shared/token-grid.ts'

/**
 * The part of a token or of its neighbour, because a mask covers tokens at its edge by less than half;
 * -1 without one.
 */
export function nearestPart(label: Int32Array, col: number, row: number, grid: TokenGrid): number {
  const own = label[row * grid.cols + col]!
  if (own !== -1) return own
  for (let r = Math.max(0, row - 1); r <= Math.min(grid.rows - 1, row + 1); r++)
    for (let c = Math.max(0, col - 1); c <= Math.min(grid.cols - 1, col + 1); c++) {
      const part = label[r * grid.cols + c]!
      if (part !== -1) return part
    }
  return -1
}
