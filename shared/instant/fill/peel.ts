/**
 * The first matches of the coarsest level: the hole is closed from its border inwards, each patch matched by what
 * is known of it, and a little by what was guessed of the rest, or as much where the guess was given. (By lines alone, which have no grain, patches
 * would match whatever happens to have that colour; without them, what touches a hole would grow into it.)
 */

import { type Level, REACH } from './level.ts'
import type { Matches } from './patch-match.ts'

/** Pairs of patches that are compared at most, about: sources are left out if there are more. */
const MOST_PAIRS = 400_000

/**
 * Matches every patch and gives every pixel of the hole a colour.
 *
 * @param depth by pixel: steps into the hole, 0 outside
 */
export function peel(matches: Matches, depth: Uint16Array): void {
  const { level, targets, source, choices } = matches
  const { hole, hidden, data, texture } = level
  const known = hole.map((flag, at) => 1 - (flag | (hidden?.[at] ?? 0)))
  const guessed = hole.slice()
  const step = Math.max(1, Math.ceil((choices.length * targets.length) / MOST_PAIRS))
  const deepest = depth.reduce((most, steps) => Math.max(most, steps), 0)
  let first = 0
  for (let layer = 0; layer <= deepest; layer++) {
    const ring = targets.filter((at) => depth[at] === layer)
    for (const at of ring) {
      matches.matchKnown(
        at,
        offsetsOf(level, known, at),
        offsetsOf(level, guessed, at),
        first,
        step,
      )
      // Other sources than the neighbour's: it hands on its own.
      first = (first + 1) % step
    }
    for (const at of ring) {
      const from = source[at]!
      if (hole[at] === 0 || from < 0) continue
      for (let i = 0; i < 4; i++) data[4 * at + i] = data[4 * from + i]!
      if (texture !== null) for (let i = 0; i < 2; i++) texture[2 * at + i] = texture[2 * from + i]!
      known[at] = 1
      guessed[at] = 0
    }
  }
}

/** The pixels of a patch that are 1, as steps from its middle. */
function offsetsOf({ width }: Level, flags: Uint8Array, at: number): number[] {
  const offsets: number[] = []
  for (let row = -REACH; row <= REACH; row++)
    for (let col = -REACH; col <= REACH; col++)
      if (flags[at + row * width + col] === 1) offsets.push(row * width + col)
  return offsets
}
