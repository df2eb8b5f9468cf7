/**
 * Approximates a displacement field at every pixel: evaluated on a lattice and interpolated, or
 * evaluated per pixel where that would be too inaccurate (near the ends of drags).
 */

import type { Displacement, DisplacementField } from '../displacement.ts'

/** Distance of the lattice's lines, in pixels. */
export const CELL = 8
/**
 * Cells with a larger interpolation error, in pixels, are evaluated per pixel. The error is about an
 * eighth of the second differences if those change little from cell to cell.
 */
const TOLERANCE = 0.2
/** Cells this close to the end of a drag, in pixels, are evaluated per pixel: the field bends most there. */
const REACH = 8

/** A field with the scale from pixels to its coordinates: `u = x * scale - 0.5`. */
export type PixelField = {
  /** Where it bends too sharply to be interpolated between the lattice's lines. */
  readonly sharp: Pick<DisplacementField, 'anchorU' | 'anchorV'>
  /** Writes the displacement at a position in the field's coordinates. */
  readonly evaluate: (u: number, v: number, out: Displacement) => void
  readonly scaleX: number
  readonly scaleY: number
}

/** The displacement at a pixel position, in pixels. */
export function pixelDisplacement(
  { evaluate, scaleX, scaleY }: PixelField,
  x: number,
  y: number,
  out: Displacement,
): Displacement {
  evaluate(x * scaleX - 0.5, y * scaleY - 0.5, out)
  out.du /= scaleX
  out.dv /= scaleY
  return out
}

/** A rectangle of whole cells; `left` and `top` are multiples of CELL. */
export type Cells = {
  readonly left: number
  readonly top: number
  readonly cols: number
  readonly rows: number
}

/**
 * Receives `count` pixels of a row from (x, y) on, with the displacement of the first and its step
 * from pixel to pixel. `downX` and `downY` are about its step from row to row.
 */
export type Run = (
  x: number,
  y: number,
  count: number,
  dx: number,
  dy: number,
  stepX: number,
  stepY: number,
  downX: number,
  downY: number,
) => void

/** Calls `run` for all pixels of the wanted cells. */
export function sweep(
  pixels: PixelField,
  cells: Cells,
  wanted: (col: number, row: number) => boolean,
  run: Run,
): void {
  const { left, top, cols, rows } = cells
  const lattice = new Lattice(pixels, cells)
  const near = nearAnchors(pixels, cells)
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      if (!wanted(col, row)) continue
      const x = left + col * CELL
      const y = top + row * CELL
      if (near[row * cols + col] === 1 || lattice.bend(col, row) > TOLERANCE)
        onePixelAtATime(pixels, lattice.steps(col, row), x, y, run)
      else lattice.interpolate(col, row, x, y, run)
    }
}

function onePixelAtATime(
  pixels: PixelField,
  { stepX, stepY, downX, downY }: Steps,
  left: number,
  top: number,
  run: Run,
): void {
  const d: Displacement = { du: 0, dv: 0 }
  for (let y = top; y < top + CELL; y++)
    for (let x = left; x < left + CELL; x++) {
      pixelDisplacement(pixels, x + 0.5, y + 0.5, d)
      run(x, y, 1, d.du, d.dv, stepX, stepY, downX, downY)
    }
}

/** 1 for cells that contain the end of a drag or are close to one. */
function nearAnchors(
  { sharp, scaleX, scaleY }: PixelField,
  { left, top, cols, rows }: Cells,
): Uint8Array {
  const near = new Uint8Array(rows * cols)
  const cellOf = (position: number, first: number) => Math.floor((position - first) / CELL)
  sharp.anchorU.forEach((u, i) => {
    const x = (u + 0.5) / scaleX
    const y = (sharp.anchorV[i]! + 0.5) / scaleY
    for (let row = cellOf(y - REACH, top); row <= cellOf(y + REACH, top); row++)
      for (let col = cellOf(x - REACH, left); col <= cellOf(x + REACH, left); col++)
        if (row >= 0 && col >= 0 && row < rows && col < cols) near[row * cols + col] = 1
  })
  return near
}

/** How the displacement changes from pixel to pixel and from row to row, over a whole cell. */
type Steps = {
  readonly stepX: number
  readonly stepY: number
  readonly downX: number
  readonly downY: number
}

/** The field at the corners of cells and one cell further out, evaluated on demand. */
class Lattice {
  readonly #pixels: PixelField
  readonly #cells: Cells
  /** Nodes per row: one more than cells, plus one on either side. */
  readonly #stride: number
  readonly #x: Float64Array
  readonly #y: Float64Array
  readonly #bend: Float64Array
  readonly #at: Displacement = { du: 0, dv: 0 }

  constructor(pixels: PixelField, cells: Cells) {
    this.#pixels = pixels
    this.#cells = cells
    this.#stride = cells.cols + 3
    const count = this.#stride * (cells.rows + 3)
    this.#x = new Float64Array(count).fill(Number.NaN)
    this.#y = new Float64Array(count)
    this.#bend = new Float64Array(count).fill(Number.NaN)
  }

  /** Estimated interpolation error of a cell, in pixels. */
  bend(col: number, row: number): number {
    const node = this.#node(col, row)
    return Math.max(
      this.#bendAt(node),
      this.#bendAt(node + 1),
      this.#bendAt(node + this.#stride),
      this.#bendAt(node + this.#stride + 1),
    )
  }

  /** Between the corners of a cell. */
  steps(col: number, row: number): Steps {
    const node = this.#node(col, row)
    const below = node + this.#stride
    for (const at of [node, node + 1, below, below + 1]) this.#know(at)
    const along = (values: Float64Array, step: number, other: number) =>
      (values[node + step]! - values[node]! + values[below + 1]! - values[node + other]!) /
      (2 * CELL)
    return {
      stepX: along(this.#x, 1, this.#stride),
      stepY: along(this.#y, 1, this.#stride),
      downX: along(this.#x, this.#stride, 1),
      downY: along(this.#y, this.#stride, 1),
    }
  }

  interpolate(col: number, row: number, x: number, y: number, run: Run): void {
    const node = this.#node(col, row)
    const [px, py] = [this.#x, this.#y]
    const below = node + this.#stride
    for (const at of [node, node + 1, below, below + 1]) this.#know(at)
    const [ax, bx] = [px[node]!, px[node + 1]!]
    const [cx, dx] = [px[below]!, px[below + 1]!]
    const [ay, by] = [py[node]!, py[node + 1]!]
    const [cy, dy] = [py[below]!, py[below + 1]!]
    const downX = (cx - ax + dx - bx) / (2 * CELL)
    const downY = (cy - ay + dy - by) / (2 * CELL)
    for (let j = 0; j < CELL; j++) {
      const down = (j + 0.5) / CELL
      const firstX = ax + (cx - ax) * down
      const firstY = ay + (cy - ay) * down
      const stepX = (bx + (dx - bx) * down - firstX) / CELL
      const stepY = (by + (dy - by) * down - firstY) / CELL
      run(x, y + j, CELL, firstX + stepX / 2, firstY + stepY / 2, stepX, stepY, downX, downY)
    }
  }

  #node(col: number, row: number): number {
    return (row + 1) * this.#stride + col + 1
  }

  #know(node: number): void {
    if (!Number.isNaN(this.#x[node])) return
    const { left, top } = this.#cells
    const row = Math.floor(node / this.#stride)
    const col = node - row * this.#stride
    pixelDisplacement(this.#pixels, left + (col - 1) * CELL, top + (row - 1) * CELL, this.#at)
    this.#x[node] = this.#at.du
    this.#y[node] = this.#at.dv
  }

  #bendAt(node: number): number {
    const known = this.#bend[node]!
    if (!Number.isNaN(known)) return known
    const second = (step: number) => {
      for (const at of [node - step, node, node + step]) this.#know(at)
      const along = (values: Float64Array) =>
        values[node - step]! - 2 * values[node]! + values[node + step]!
      return Math.hypot(along(this.#x), along(this.#y))
    }
    const bend = (second(1) + second(this.#stride)) / 8
    this.#bend[node] = bend
    return bend
  }
}
