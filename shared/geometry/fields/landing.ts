/** Where something lands: the cells of a photo whose pixels may come from it. */

import type { Size } from '../../drag.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import type { Displacement } from '../displacement.ts'
import { CELL, type Cells, type PixelField, pixelDisplacement } from './pixel-field.ts'

/** A rectangle of cells, and which of them something may land in. */
export type Landing = {
  readonly cells: Cells
  readonly wanted: (col: number, row: number) => boolean
}

/** The way back is looked at for so many cells at once, along each side. */
const BLOCK = 4

/**
 * The cells that the way back leads into a rectangle from, or close to it, by as much as it leads across
 * a few cells. Far from all drags every field is one move, one turn or one scale, so these are few.
 *
 * @param from in pixels of the photo
 */
export function landingOf(reverse: PixelField, from: Rectangle, { width, height }: Size): Landing {
  const side = BLOCK * CELL
  const cols = Math.ceil(width / side)
  const rows = Math.ceil(height / side)
  const stride = cols + 1
  const x = new Float64Array(stride * (rows + 1))
  const y = new Float64Array(stride * (rows + 1))
  const d: Displacement = { du: 0, dv: 0 }
  for (let row = 0, at = 0; row <= rows; row++)
    for (let col = 0; col <= cols; col++, at++) {
      pixelDisplacement(reverse, col * side, row * side, d)
      x[at] = col * side + d.du
      y[at] = row * side + d.dv
    }
  const flags = new Uint8Array(rows * cols)
  let [left, top, right, bottom] = [cols, rows, 0, 0]
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      const at = row * stride + col
      if (!reaches(x, at, stride, from.left, from.left + from.width)) continue
      if (!reaches(y, at, stride, from.top, from.top + from.height)) continue
      flags[row * cols + col] = 1
      left = Math.min(left, col)
      right = Math.max(right, col + 1)
      top = Math.min(top, row)
      bottom = Math.max(bottom, row + 1)
    }
  if (right === 0) return { cells: { left: 0, top: 0, cols: 0, rows: 0 }, wanted: () => false }
  // The last blocks may reach out of the photo.
  const cells = {
    left: side * left,
    top: side * top,
    cols: Math.min(BLOCK * (right - left), Math.ceil(width / CELL) - BLOCK * left),
    rows: Math.min(BLOCK * (bottom - top), Math.ceil(height / CELL) - BLOCK * top),
  }
  const blockAt = (col: number, row: number) =>
    (top + Math.floor(row / BLOCK)) * cols + left + Math.floor(col / BLOCK)
  return { cells, wanted: (col, row) => flags[blockAt(col, row)] === 1 }
}

/** Whether the corners of a block lead into a range, or past it by no more than they are apart. */
function reaches(
  values: Float64Array,
  at: number,
  stride: number,
  from: number,
  to: number,
): boolean {
  const [a, b] = [values[at]!, values[at + 1]!]
  const [c, d] = [values[at + stride]!, values[at + stride + 1]!]
  const least = Math.min(a, b, c, d)
  const most = Math.max(a, b, c, d)
  const room = Math.max(CELL, (most - least) / 2)
  return most + room >= from && least - room <= to
}
