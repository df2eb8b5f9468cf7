/** Colours of the hole from the matched patches: each patch votes for the pixels that it covers. */

import type { Rectangle } from '../../segmentation/lab.ts'
import { boxOf, grown } from '../box.ts'
import { type Level, SIDE } from './level.ts'
import type { Matches } from './patch-match.ts'

/** Sums of votes in a window around the hole: by pixel four colours and the weight. */
export type Votes = {
  readonly window: Rectangle
  readonly sums: Float32Array
  /** By pixel two sums of texture; null where the level has none, or it is given. */
  readonly texture: Float32Array | null
}

/** A vote counts little from this part of a typical distance on: a mean of unlike patches is a blur. */
const SHARPNESS = 0.3

/** Numbers of a pixel in {@link Votes}. */
export const STRIDE = 5

/**
 * Counts the votes. A vote weighs `exp(-distance / spread)`, and more near the border of the hole,
 * where colours are known. Votes for known pixels around the hole are counted too.
 *
 * @param depth by pixel: steps into the hole, 0 outside
 * @param reach how far from its middle a patch votes, in pixels
 * @param every only patches at each so many rows and columns vote: enough where matches are regular
 * @param isGiven whether the hole's texture is given: then none is voted for
 */
export function countVotes(
  matches: Matches,
  depth: Uint16Array,
  reach: number,
  every = 1,
  isGiven = false,
): Votes {
  const { level, targets, source, distance } = matches
  const { width, data } = level
  const hole = boxOf(level.hole, level)
  if (hole === null) throw new Error('a picture without a hole has no votes')
  const window = grown(hole, SIDE, level)
  const sums = new Float32Array(STRIDE * window.width * window.height)
  const texture =
    level.texture === null || isGiven ? null : new Float32Array(2 * window.width * window.height)
  const spread = SHARPNESS * spreadOf(matches)
  for (const at of targets) {
    const from = source[at]!
    if (from < 0) continue
    const x = at % width
    const y = (at - x) / width
    if (x % every !== 0 || y % every !== 0) continue
    const weight = Math.exp(-distance[at]! / spread) * 1.3 ** -Math.min(60, depth[at]!) + 1e-30
    for (let row = -reach; row <= reach; row++) {
      let to = (y + row - window.top) * window.width + x - reach - window.left
      let pixel = 4 * (from + row * width - reach)
      to *= STRIDE
      for (let col = -reach; col <= reach; col++, to += STRIDE, pixel += 4) {
        sums[to] = sums[to]! + weight * data[pixel]!
        sums[to + 1] = sums[to + 1]! + weight * data[pixel + 1]!
        sums[to + 2] = sums[to + 2]! + weight * data[pixel + 2]!
        sums[to + 3] = sums[to + 3]! + weight * data[pixel + 3]!
        sums[to + 4] = sums[to + 4]! + weight
        if (texture === null) continue
        const into = (2 * to) / STRIDE
        texture[into] = texture[into]! + weight * level.texture![pixel >> 1]!
        texture[into + 1] = texture[into + 1]! + weight * level.texture![(pixel >> 1) + 1]!
      }
    }
  }
  return { window, sums, texture }
}

/** Writes the votes' means into the hole. */
export function applyVotes({ width, hole, data }: Level, { window, sums }: Votes): void {
  forEach(window, width, (at, voted) => {
    const weight = sums[voted + 4]!
    if (hole[at] === 0 || weight === 0) return
    for (let i = 0; i < 4; i++) data[4 * at + i] = sums[voted + i]! / weight
  })
}

/** Writes the means of the texture into the hole. */
export function applyTexture(level: Level, { window, sums, texture }: Votes): void {
  if (level.texture === null || texture === null) return
  const into = level.texture
  forEach(window, level.width, (at, voted) => {
    const weight = sums[voted + 4]!
    if (level.hole[at] === 0 || weight === 0) return
    const from = (2 * voted) / STRIDE
    into[2 * at] = texture[from]! / weight
    into[2 * at + 1] = texture[from + 1]! / weight
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
