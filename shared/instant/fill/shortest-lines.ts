/**
 * A first guess of what goes on where in a hole: lines that meet its border go on along the shortest way (total
 * variation; Chan and Shen, SIAM J. Appl. Math. 2002). The line between ground and sky goes straight on behind
 * a thing, and what touches the thing on one side alone ends there, as it did.
 */

import type { Size } from '../../drag.ts'
import type { Rectangle } from '../../segmentation/lab.ts'
import { boxOf, grown } from '../box.ts'
import type { Level } from './level.ts'

/** A step of roughness counts as much as so many of a colour: what is rough is not what is plain. */
const ROUGHNESS = 4
/** Numbers of a pixel: four colours and two of roughness. */
const SIZE = 6
/** Steps of the descent, and their size in colours: a line through a hole of the coarsest level is sharp after them. */
const STEPS = 200
const STEP = 60

/** Spreads the colours around a hole, and their texture, over it, in place. @param level with a smooth guess */
export function joinLines(level: Level): void {
  const { hole, hidden, width, data, texture } = level
  const unknown = hidden === null ? hole : hole.map((flag, at) => flag | hidden[at]!)
  const around = boxOf(unknown, level)
  if (around === null) return
  const box = grown(around, 1, level)
  const open = new Uint8Array(box.width * box.height)
  const values = new Float32Array(SIZE * open.length)
  forEach(box, width, (at, from) => {
    open[at] = unknown[from]!
    // Single pixels of a rough material are no lines that go on.
    const near = open[at] === 1 ? [from] : knownBeside(level, unknown, from)
    for (const one of near) {
      for (let i = 0; i < 4; i++) values[SIZE * at + i]! += data[4 * one + i]! / near.length
      for (let i = 0; i < 2; i++)
        values[SIZE * at + 4 + i]! += (ROUGHNESS * (texture?.[2 * one + i] ?? 0)) / near.length
    }
  })
  minimise(values, open, box)
  forEach(box, width, (at, to) => {
    if (hole[to] === 0) return
    for (let i = 0; i < 4; i++) data[4 * to + i] = values[SIZE * at + i]!
    if (texture === null) return
    for (let i = 0; i < 2; i++) texture[2 * to + i] = values[SIZE * at + 4 + i]! / ROUGHNESS
  })
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
function knownBeside({ width, height }: Size, unknown: Uint8Array, at: number): number[] {
  const [x, y] = [at % width, Math.floor(at / width)]
  const known: number[] = []
  for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++)
    for (let col = Math.max(0, x - 1); col <= Math.min(width - 1, x + 1); col++)
      if (unknown[row * width + col] === 0) known.push(row * width + col)
  return known
}

/**
 * Changes the open pixels until all steps from pixel to pixel are as small together as they can be (primal-dual
 * descent; Chambolle and Pock, JMIV 2011). Steps across the frame count nothing.
 *
 * @param values {@link SIZE} numbers a pixel
 */
function minimise(values: Float32Array, open: Uint8Array, { width, height }: Size): void {
  const isOpen = (at: number) => open[at] === 1
  const indices = Array.from(open.keys())
  const changed = indices.filter(isOpen)
  // The steps to the right and down from here change.
  const stepped = indices.filter(
    (at) => isOpen(at) || ((at + 1) % width !== 0 && isOpen(at + 1)) || isOpen(at + width),
  )
  const across = new Float32Array(values.length)
  const down = new Float32Array(values.length)
  const ahead = values.slice()
  const next = SIZE * width
  const rate = STEP / Math.sqrt(8)
  const dualRate = 1 / (STEP * Math.sqrt(8))
  for (let step = 0; step < STEPS; step++) {
    for (const at of stepped) {
      const last = (at + 1) % width === 0
      const lowest = at >= width * (height - 1)
      const begin = SIZE * at
      let sum = 0
      for (let i = begin; i < begin + SIZE; i++) {
        if (!last) across[i]! += dualRate * (ahead[i + SIZE]! - ahead[i]!)
        if (!lowest) down[i]! += dualRate * (ahead[i + next]! - ahead[i]!)
        sum += across[i]! ** 2 + down[i]! ** 2
      }
      if (sum <= 1) continue
      const scale = 1 / Math.sqrt(sum)
      for (let i = begin; i < begin + SIZE; i++) {
        across[i]! *= scale
        down[i]! *= scale
      }
    }
    for (const at of changed) {
      const first = at % width === 0
      const highest = at < width
      const begin = SIZE * at
      for (let i = begin; i < begin + SIZE; i++) {
        const out = across[i]! + down[i]!
        const into = (first ? 0 : across[i - SIZE]!) + (highest ? 0 : down[i - next]!)
        const before = values[i]!
        values[i] = before + rate * (out - into)
        ahead[i] = 2 * values[i]! - before
      }
    }
  }
}
