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
  /** By pixel: its neighbours in the picture but the absent ones, and what pulls it to 0. */
  readonly pull: Float32Array
  readonly below: Grid | null
  /** By place in `unknown`: the pixel of the grid below, and the steps from it to the nearest beside it. */
  readonly parents: Int32Array
  readonly beside: Int32Array
  /** For the grid above. */
  readonly values: Float32Array
  readonly wanted: Float32Array
}

/**
 * A solver for the pixels of a hole. The correction of those that are known is 0.
 *
 * @param hole 1 for its pixels
 * @param absent 1 for pixels that are neither known nor asked for, as those beyond the frame; null without any
 * @param screen how much a correction of 1 weighs against a step that is wrong by 1
 */
export class Membrane {
  readonly #grid: Grid
  readonly #size: Size

  constructor(size: Size, hole: Uint8Array, absent: Uint8Array | null, screen: number) {
    this.#size = size
    this.#grid = gridOf(size, hole, absent, screen)
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

function gridOf(
  { width, height }: Size,
  hole: Uint8Array,
  absent: Uint8Array | null,
  screen: number,
): Grid {
  const stride = width + 2
  const count = stride * (height + 2)
  const unknown: number[] = []
  const pull = new Float32Array(count)
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++, at++) {
      if (hole[at] === 0) continue
      const into = (y + 1) * stride + x + 1
      unknown.push(into)
      let sides = 0
      if (x > 0 && absent?.[at - 1] !== 1) sides++
      if (x < width - 1 && absent?.[at + 1] !== 1) sides++
      if (y > 0 && absent?.[at - width] !== 1) sides++
      if (y < height - 1 && absent?.[at + width] !== 1) sides++
      // Nothing is wanted of a pixel on its own.
      pull[into] = Math.max(sides + screen, Number.EPSILON)
    }
  const half = { width: (width + 1) >> 1, height: (height + 1) >> 1 }
  const halfStride = half.width + 2
  const parents = new Int32Array(unknown.length)
  const beside = new Int32Array(2 * unknown.length)
  unknown.forEach((at, k) => {
    const x = (at % stride) - 1
    const y = (at - x - 1) / stride - 1
    parents[k] = ((y >> 1) + 1) * halfStride + (x >> 1) + 1
    beside[2 * k] = x % 2 === 0 ? -1 : 1
    beside[2 * k + 1] = y % 2 === 0 ? -halfStride : halfStride
  })
  return {
    stride,
    unknown: Int32Array.from(unknown),
    pull,
    // Four pixels in one: the same steps, and four times the pull to 0.
    below:
      unknown.length < LEAST_PIXELS
        ? null
        : gridOf(half, ...halvedHole({ width, height }, hole, absent), 4 * screen),
    parents,
    beside,
    values: new Float32Array(count),
    wanted: new Float32Array(count),
  }
}

/** A pixel of the level below is known if any of its four is, and absent if all of them are. */
function halvedHole(
  { width, height }: Size,
  hole: Uint8Array,
  absent: Uint8Array | null,
): [hole: Uint8Array, absent: Uint8Array | null] {
  const [cols, rows] = [(width + 1) >> 1, (height + 1) >> 1]
  const unknown = absent === null ? hole : hole.map((flag, at) => flag | absent[at]!)
  const small = new Uint8Array(cols * rows)
  const smallAbsent = absent && new Uint8Array(cols * rows)
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, at++) {
      const across = Math.min(width - 1, 2 * col + 1) - 2 * col
      const down = width * (Math.min(height - 1, 2 * row + 1) - 2 * row)
      const from = 2 * row * width + 2 * col
      const all = (flags: Uint8Array) =>
        flags[from]! & flags[from + across]! & flags[from + down]! & flags[from + across + down]!
      if (absent !== null) smallAbsent![at] = all(absent)
      small[at] = all(unknown) & (1 - (smallAbsent?.[at] ?? 0))
    }
  return [small, smallAbsent]
}

/** One cycle: what the sweeps leave is corrected on the level below. */
function descend(grid: Grid): void {
  const { below, unknown, parents, beside, values, wanted, pull, stride } = grid
  if (below === null) {
    for (let i = 0; i < COARSEST_SWEEPS; i++) sweep(grid, i % 2 === 0)
    return
  }
  for (let i = 0; i < SWEEPS; i++) sweep(grid, true)
  below.values.fill(0)
  below.wanted.fill(0)
  for (let k = 0; k < unknown.length; k++) {
    const at = unknown[k]!
    const around = values[at - 1]! + values[at + 1]! + values[at - stride]! + values[at + stride]!
    const into = parents[k]!
    below.wanted[into] = below.wanted[into]! + wanted[at]! + around - pull[at]! * values[at]!
  }
  // Twice: the coarse levels cost little, and the far middle of a hole depends on them.
  descend(below)
  descend(below)
  const more = below.values
  for (let k = 0; k < unknown.length; k++) {
    const at = unknown[k]!
    const near = parents[k]!
    const across = near + beside[2 * k]!
    const down = beside[2 * k + 1]!
    // Bilinear.
    values[at] =
      values[at]! +
      (9 * more[near]! + 3 * more[across]! + 3 * more[near + down]! + more[across + down]!) / 16
  }
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
