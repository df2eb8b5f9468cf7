/**
 * Corrections of a picture whose steps from pixel to pixel are as wanted, and that are no larger than
 * they need to be (a screened Poisson equation; Bhat et al., ECCV 2008), by multigrid.
 */

import type { Size } from '../../drag.ts'

/** Cycles over all levels, and sweeps on a level before and after those below it. */
const CYCLES = 3
const SWEEPS = 2
const COARSEST_SWEEPS = 24
/** A level of fewer pixels has none below it. */
const LEAST_PIXELS = 32

/** A grid, with a border of one pixel around it whose values are 0. */
type Grid = {
  /** Pixels of a row, with the border. */
  readonly stride: number
  /** Where values are looked for, ascending. */
  readonly unknown: Int32Array
  /** By pixel: its neighbours in the picture, and what pulls it to 0. */
  readonly pull: Float32Array
  readonly below: Grid | null
  /** For the grid above. */
  readonly values: Float32Array
  readonly wanted: Float32Array
  readonly left: Float32Array
}

/**
 * A solver for the pixels of a hole. Everywhere else the correction is 0.
 *
 * @param hole 1 for its pixels
 * @param screen how much a correction of 1 weighs against a step that is wrong by 1
 */
export class Membrane {
  readonly #grid: Grid
  readonly #size: Size

  constructor(size: Size, hole: Uint8Array, screen: number) {
    this.#size = size
    this.#grid = gridOf(size, hole, screen)
  }

  /** @param sums by pixel: the wanted steps to it from its neighbours, added up @returns by pixel */
  solve(sums: Float32Array): Float32Array {
    const { width, height } = this.#size
    const grid = this.#grid
    grid.values.fill(0)
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++, at++) grid.wanted[(y + 1) * grid.stride + x + 1] = sums[at]!
    for (let cycle = 0; cycle < CYCLES; cycle++) descend(grid)
    const out = new Float32Array(width * height)
    for (let y = 0; y < height; y++) {
      const from = (y + 1) * grid.stride + 1
      out.set(grid.values.subarray(from, from + width), y * width)
    }
    return out
  }
}

function gridOf({ width, height }: Size, hole: Uint8Array, screen: number): Grid {
  const stride = width + 2
  const count = stride * (height + 2)
  const unknown: number[] = []
  const pull = new Float32Array(count)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (hole[at] === 0) continue
      const into = (y + 1) * stride + x + 1
      unknown.push(into)
      const sides = [x > 0, x < width - 1, y > 0, y < height - 1]
      pull[into] = sides.filter(Boolean).length + screen
    }
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 }
  return {
    stride,
    unknown: Int32Array.from(unknown),
    pull,
    // Four pixels in one: the same steps, and four times the pull to 0.
    below:
      unknown.length < LEAST_PIXELS
        ? null
        : gridOf(half, halvedHole({ width, height }, hole), 4 * screen),
    values: new Float32Array(count),
    wanted: new Float32Array(count),
    left: new Float32Array(count),
  }
}

/** A pixel of the level below is in the hole if all of its four are: what is known stays known. */
function halvedHole({ width, height }: Size, hole: Uint8Array): Uint8Array {
  const [cols, rows] = [(width + 1) >> 1, (height + 1) >> 1]
  const small = new Uint8Array(cols * rows)
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, at++) {
      const right = Math.min(width - 1, 2 * col + 1)
      const down = Math.min(height - 1, 2 * row + 1)
      small[at] =
        hole[2 * row * width + 2 * col]! &
        hole[2 * row * width + right]! &
        hole[down * width + 2 * col]! &
        hole[down * width + right]!
    }
  return small
}

/** One cycle: what the sweeps leave is corrected on the level below. */
function descend(grid: Grid): void {
  const { below, unknown, values, wanted, left, pull, stride } = grid
  if (below === null) {
    for (let i = 0; i < COARSEST_SWEEPS; i++) sweep(grid, i % 2 === 0)
    return
  }
  for (let i = 0; i < SWEEPS; i++) sweep(grid, true)
  below.values.fill(0)
  below.wanted.fill(0)
  for (const at of unknown) {
    const around = values[at - 1]! + values[at + 1]! + values[at - stride]! + values[at + stride]!
    left[at] = wanted[at]! + around - pull[at]! * values[at]!
    const into = parentOf(at, stride, below.stride)
    below.wanted[into] = below.wanted[into]! + left[at]!
  }
  // Twice: the coarse levels cost little, and the far middle of a hole depends on them.
  descend(below)
  descend(below)
  for (const at of unknown) values[at] = values[at]! + enlarged(at, grid, below)
  for (let i = 0; i < SWEEPS; i++) sweep(grid, false)
}

/** Gauss-Seidel: each pixel takes the value that its neighbours leave it. */
function sweep({ unknown, values, wanted, pull, stride }: Grid, forwards: boolean): void {
  const count = unknown.length
  for (let k = 0; k < count; k++) {
    const at = unknown[forwards ? k : count - 1 - k]!
    const around = values[at - 1]! + values[at + 1]! + values[at - stride]! + values[at + stride]!
    values[at] = (wanted[at]! + around) / pull[at]!
  }
}

function parentOf(at: number, stride: number, belowStride: number): number {
  const x = (at % stride) - 1
  const y = Math.floor(at / stride) - 1
  return ((y >> 1) + 1) * belowStride + (x >> 1) + 1
}

/** Bilinear. */
function enlarged(at: number, { stride }: Grid, { values, stride: belowStride }: Grid): number {
  const x = (at % stride) - 1
  const y = Math.floor(at / stride) - 1
  const near = ((y >> 1) + 1) * belowStride + (x >> 1) + 1
  const across = x % 2 === 0 ? -1 : 1
  const down = y % 2 === 0 ? -belowStride : belowStride
  return (
    (9 * values[near]! +
      3 * values[near + across]! +
      3 * values[near + down]! +
      values[near + across + down]!) /
    16
  )
}
