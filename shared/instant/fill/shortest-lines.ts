/**
 * A first guess of what goes on where in a hole: lines that meet its border go on along the shortest way (total
 * variation; Chan and Shen, SIAM J. Appl. Math. 2002). The line between ground and sky goes straight on behind
 * a thing, and what touches the thing on one side alone ends there, as it did.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import { boxOf, grown } from '../box.ts'
import type { Level } from './level.ts'

/** A step of roughness counts as much as so many of a colour: what is rough is not what is plain. */
const ROUGHNESS = 4
/** Numbers of a pixel: four colours and two of roughness. */
const SIZE = 6
/** Kinds of pixels: absent ones are neither known nor asked for. */
const KNOWN = 0
const OPEN = 1
const ABSENT = 2
/** Steps of the descent for each pixel that a hole is deep, and their size in colours: lines are nearly sharp then. */
const STEPS = 16
const STEP = 60

/**
 * Spreads the colours around a hole, and their texture, over it, in place.
 *
 * @param level with a smooth guess
 * @param deepest the most steps from a pixel of the hole to a known one
 */
export function joinLines(level: Level, deepest: number): void {
  const { hole, hidden, width, data, texture } = level
  const unknown = unknownNear(level, deepest)
  const around = boxOf(unknown, level)
  if (around === null) return
  const box = grown(around, 1, level)
  const kinds = new Uint8Array(box.width * box.height)
  const values = new Float32Array(SIZE * kinds.length)
  forEach(box, width, (at, from) => {
    kinds[at] = unknown[from] === 1 ? OPEN : hidden?.[from] === 1 ? ABSENT : KNOWN
    if (kinds[at] === ABSENT) return
    // Single pixels of a rough material are no lines that go on.
    const near = kinds[at] === OPEN ? [from] : knownBeside(level, from)
    for (const one of near) {
      for (let i = 0; i < 4; i++) values[SIZE * at + i]! += data[4 * one + i]! / near.length
      for (let i = 0; i < 2; i++)
        values[SIZE * at + 4 + i]! += (ROUGHNESS * (texture?.[2 * one + i] ?? 0)) / near.length
    }
  })
  minimise(values, kinds, box, STEPS * deepest)
  forEach(box, width, (at, to) => {
    if (hole[to] === 0) return
    for (let i = 0; i < 4; i++) data[4 * to + i] = values[SIZE * at + i]!
    if (texture === null) return
    for (let i = 0; i < 2; i++) texture[2 * to + i] = values[SIZE * at + 4 + i]! / ROUGHNESS
  })
}

/** The hole, and what is hidden no further from it than it is deep: lines may go on behind what nobody sees. */
function unknownNear(level: Level, deepest: number): Uint8Array {
  const { hole, hidden } = level
  if (hidden === null) return hole
  return dilated(hole, level, deepest).map((near, at) => hole[at]! | (near & hidden[at]!))
}

/** Calls `visit` with the index of each pixel of a part, and of the same in the picture. */
function forEach(
  { left, top, width, height }: Rectangle,
  pictureWidth: number,
  visit: (at: number, inPicture: number) => void,
): void {
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) visit(at, (top + row) * pictureWidth + left + col)
}

/** The known pixels of the nine around a known one. */
function knownBeside({ width, height, hole, hidden }: Level, at: number): number[] {
  const [x, y] = [at % width, Math.floor(at / width)]
  const known: number[] = []
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let col = Math.max(0, x - 1); col <= Math.min(width - 1, x + 1); col++) {
      const beside = row * width + col
      if (hole[beside] === 0 && hidden?.[beside] !== 1) known.push(beside)
    }
  return known
}

/**
 * Changes the open pixels until all steps from pixel to pixel are as small together as they can be (primal-dual
 * descent; Chambolle and Pock, JMIV 2011). Steps to what is absent count nothing.
 *
 * @param values {@link SIZE} numbers a pixel
 */
function minimise(values: Float32Array, kinds: Uint8Array, { width }: Size, rounds: number): void {
  const { open, stepped, toRight, toBelow } = stepsOf(kinds, width)
  const across = new Float32Array(values.length)
  const down = new Float32Array(values.length)
  const ahead = values.slice()
  const next = SIZE * width
  const rate = STEP / Math.sqrt(8)
  const dualRate = 1 / (STEP * Math.sqrt(8))
  for (let round = 0; round < rounds; round++) {
    for (let k = 0; k < stepped.length; k++) {
      const at = stepped[k]!
      const begin = SIZE * at
      const end = begin + SIZE
      let sum = 0
      if (toRight[at] === 1)
        for (let i = begin; i < end; i++) {
          const step = across[i]! + dualRate * (ahead[i + SIZE]! - ahead[i]!)
          across[i] = step
          sum += step * step
        }
      if (toBelow[at] === 1)
        for (let i = begin; i < end; i++) {
          const step = down[i]! + dualRate * (ahead[i + next]! - ahead[i]!)
          down[i] = step
          sum += step * step
        }
      if (sum <= 1) continue
      const scale = 1 / Math.sqrt(sum)
      for (let i = begin; i < end; i++) {
        across[i] = scale * across[i]!
        down[i] = scale * down[i]!
      }
    }
    for (let k = 0; k < open.length; k++) {
      const begin = SIZE * open[k]!
      for (let i = begin; i < begin + SIZE; i++) {
        const left = i < SIZE ? 0 : across[i - SIZE]!
        const above = i < next ? 0 : down[i - next]!
        const before = values[i]!
        values[i] = before + rate * (across[i]! - left + down[i]! - above)
        ahead[i] = 2 * values[i]! - before
      }
    }
  }
}

/** The open pixels; the pixels whose steps to the right or down may change; and 1 for each of these steps. */
function stepsOf(kinds: Uint8Array, width: number) {
  const toRight = new Uint8Array(kinds.length)
  const toBelow = new Uint8Array(kinds.length)
  const open: number[] = []
  const stepped: number[] = []
  const changes = (one: number, other: number) => {
    if (kinds[one] === ABSENT || kinds[other] === ABSENT) return 0
    return kinds[one] === OPEN || kinds[other] === OPEN ? 1 : 0
  }
  for (let at = 0; at < kinds.length; at++) {
    if (kinds[at] === OPEN) open.push(at)
    if ((at + 1) % width !== 0) toRight[at] = changes(at, at + 1)
    if (at + width < kinds.length) toBelow[at] = changes(at, at + width)
    if (toRight[at] === 1 || toBelow[at] === 1) stepped.push(at)
  }
  return { open: Int32Array.from(open), stepped: Int32Array.from(stepped), toRight, toBelow }
}
