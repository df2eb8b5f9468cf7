/** Grids of weights over a photo, which are interpolated between their lines. */

import type { Size } from '../../drag.ts'

/** Distance of the lines in pixels, and how many there are. */
export type WeightGrid = { readonly side: number; readonly cols: number; readonly rows: number }

/**
 * @param lines about how many there are along the longer side
 * @param leastSide their least distance, in pixels
 */
export function weightGrid({ width, height }: Size, lines: number, leastSide: number): WeightGrid {
  const side = Math.max(leastSide, Math.ceil(Math.max(width, height) / lines))
  return { side, cols: Math.ceil(width / side) + 1, rows: Math.ceil(height / side) + 1 }
}

/** The weight at a place, in pixels of the photo: bilinear. @param weights row by row */
export function weightAt(
  weights: Float32Array,
  { side, cols, rows }: WeightGrid,
  x: number,
  y: number,
): number {
  const u = Math.max(0, Math.min(cols - 1.001, x / side))
  const v = Math.max(0, Math.min(rows - 1.001, y / side))
  const at = Math.floor(v) * cols + Math.floor(u)
  const upper = weights[at]! + (u % 1) * (weights[at + 1]! - weights[at]!)
  const lower = weights[at + cols]! + (u % 1) * (weights[at + cols + 1]! - weights[at + cols]!)
  return upper + (v % 1) * (lower - upper)
}
