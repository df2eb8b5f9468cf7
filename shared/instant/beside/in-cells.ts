/** Colours of a part of a picture by square cells of a few pixels: smooth grounds of large photos need no more. */

import type { Size } from '../../drag.ts'
import { boxMean } from '../outline/guided-filter.ts'
import { spread } from '../push-pull.ts'

/**
 * Cells of `side` pixels: their grid, and by cell what its pixels of the part have: mean RGB, the mean of the sum of the
 * squares of the three, and how many they are.
 */
export type Cells = Size & {
  readonly side: number
  readonly means: Float32Array
  readonly squares: Float32Array
  readonly counts: Float32Array
}

/**
 * @param rgba of a picture of this size
 * @param isPart whether a pixel belongs to the part
 */
export function cellsOf(
  rgba: Uint8ClampedArray,
  { width, height }: Size,
  side: number,
  isPart: (at: number) => boolean,
): Cells {
  const [cols, rows] = [Math.ceil(width / side), Math.ceil(height / side)]
  const means = new Float32Array(3 * cols * rows)
  const squares = new Float32Array(cols * rows)
  const counts = new Float32Array(cols * rows)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.floor(y / side) * cols
    for (let x = 0; x < width; x++, at++) {
      if (!isPart(at)) continue
      const cell = row + Math.floor(x / side)
      counts[cell]!++
      for (let i = 0; i < 3; i++) {
        const value = rgba[4 * at + i]!
        means[3 * cell + i]! += value
        squares[cell]! += value * value
      }
    }
  }
  for (let cell = 0; cell < counts.length; cell++) {
    const count = Math.max(1, counts[cell]!)
    squares[cell]! /= count
    for (let i = 0; i < 3; i++) means[3 * cell + i]! /= count
  }
  return { width: cols, height: rows, side, means, squares, counts }
}

/** RGB at a pixel of the picture, where there is a colour for every cell. */
export type Colours = (x: number, y: number, i: number) => number

/** The colours of cells, spread smoothly over those that have none. */
export function spreadCells(cells: Cells): Colours {
  const { width, height, side, means, counts } = cells
  const all = spread(
    cells,
    3,
    (cell, i) => means[3 * cell + i]!,
    (cell) => counts[cell]! > 0,
  )
  return (x, y, i) => {
    const u = Math.max(0, Math.min(width - 1, (x + 0.5) / side - 0.5))
    const v = Math.max(0, Math.min(height - 1, (y + 0.5) / side - 0.5))
    const [col, row] = [Math.floor(u), Math.floor(v)]
    const [right, below] = [Math.min(width - 1, col + 1), Math.min(height - 1, row + 1)]
    const value = (r: number, c: number) => all[4 * (r * width + c) + i]!
    const upper = value(row, col) + (u - col) * (value(row, right) - value(row, col))
    const lower = value(below, col) + (u - col) * (value(below, right) - value(below, col))
    return upper + (v - row) * (lower - upper)
  }
}

/**
 * By cell: the deviation of the colours of the part's pixels around it, of all channels together; spread smoothly over
 * cells that have none around them.
 *
 * @param radius in cells
 */
export function roughnessOf(cells: Cells, radius: number): Float32Array {
  const { means, squares, counts } = cells
  const mean = (value: (cell: number) => number) =>
    boxMean(
      counts.map((count, cell) => (count > 0 ? value(cell) : 0)),
      cells,
      radius,
    )
  const known = mean(() => 1)
  const variance = mean((cell) => squares[cell]!)
  for (let i = 0; i < 3; i++) {
    const sums = mean((cell) => means[3 * cell + i]!)
    known.forEach((share, cell) => {
      if (share > 0) variance[cell]! -= sums[cell]! ** 2 / share
    })
  }
  const rough = (cell: number) => Math.sqrt(Math.max(0, variance[cell]! / known[cell]!))
  const all = spread(cells, 1, rough, (cell) => known[cell]! > 0)
  return Float32Array.from(known, (_, cell) => all[2 * cell]!)
}
