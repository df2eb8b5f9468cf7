/** Colours of the hole from the matched patches: each patch votes for the pixels that it covers. */

import type { Rectangle } from '../../segmentation/lab.ts'
import { boxOf, grown } from '../box.ts'
import { type Level, REACH, SIDE } from './level.ts'
import type { Matches } from './patch-match.ts'

/** Sums of votes in a window around the hole: by pixel four colours and the weight. */
export type Votes = { readonly window: Rectangle; readonly sums: Float32Array }

/** Numbers of a pixel in {@link Votes}. */
export const STRIDE = 5

/**
 * Counts the votes. A vote weighs `exp(-distance / spread)`, and more near the border of the hole,
 * where colours are known. Votes for known pixels around the hole are counted too.
 *
 * @param depth by pixel: steps into the hole, 0 outside
 * @param every only patches at each so many rows and columns vote: enough where matches are regular
 */
export function countVotes(matches: Matches, depth: Uint8Array, every = 1): Votes {
  const { level, targets, source, distance } = matches
  const { width, data } = level
  const hole = boxOf(level.hole, level)
  if (hole === null) throw new Error('a picture without a hole has no votes')
  const window = grown(hole, SIDE, level)
  const sums = new Float32Array(STRIDE * window.width * window.height)
  const spread = spreadOf(matches)
  for (const at of targets) {
    const from = source[at]!
    if (from < 0) continue
    const x = at % width
    const y = (at - x) / width
    if (x % every !== 0 || y % every !== 0) continue
    const weight = Math.exp(-distance[at]! / spread) * 1.3 ** -Math.min(60, depth[at]!) + 1e-12
    for (let row = -REACH; row <= REACH; row++) {
      let to = (y + row - window.top) * window.width + x - REACH - window.left
      let pixel = 4 * (from + row * width - REACH)
      to *= STRIDE
      for (let col = 0; col < SIDE; col++, to += STRIDE, pixel += 4) {
        sums[to] = sums[to]! + weight * data[pixel]!
        sums[to + 1] = sums[to + 1]! + weight * data[pixel + 1]!
        sums[to + 2] = sums[to + 2]! + weight * data[pixel + 2]!
        sums[to + 3] = sums[to + 3]! + weight * data[pixel + 3]!
        sums[to + 4] = sums[to + 4]! + weight
      }
    }
  }
  return { window, sums }
}

/** Writes the votes' means into the hole. */
export function applyVotes({ width, hole, data }: Level, { window, sums }: Votes): void {
  forEach(window, width, (at, voted) => {
    const weight = sums[voted + 4]!
    if (hole[at] === 0 || weight === 0) return
    for (let i = 0; i < 4; i++) data[4 * at + i] = sums[voted + i]! / weight
  })
}

/** Calls `visit` with the index of each pixel in the picture, and of its numbers in the votes. */
export function forEach(
  { left, top, width, height }: Rectangle,
  pictureWidth: number,
  visit: (at: number, voted: number) => void,
): void {
  for (let row = 0, voted = 0; row < height; row++) {
    const start = (top + row) * pictureWidth + left
    for (let col = 0; col < width; col++, voted += STRIDE) visit(start + col, voted)
  }
}

/** The distance at which a vote's weight has fallen to 1 / e: of a typical match. */
function spreadOf({ targets, distance }: Matches): number {
  const step = Math.max(1, Math.floor(targets.length / 2000))
  const some: number[] = []
  for (let k = 0; k < targets.length; k += step) some.push(distance[targets[k]!]!)
  some.sort((a, b) => a - b)
  return (some[Math.floor(0.5 * some.length)] ?? 1) + 1
}
