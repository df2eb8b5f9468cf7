/**
 * Fills a hole from the rest of the photo: patches are matched from coarse to fine, and vote for the
 * hole's colours (Wexler et al., PAMI 2007; Newson et al., SIIMS 2014). The same seed gives the same
 * picture.
 */

import type { Pixels } from '../../segmentation/lab.ts'
import { pushPull } from '../push-pull.ts'
import { halved, type Level, REACH, SIDE } from './level.ts'
import { Matches } from './patch-match.ts'
import { removeSeam } from './seam.ts'
import { applyVotes, countVotes } from './vote.ts'

/** The pyramid ends where the hole is this deep, in pixels, or the picture this small. */
const COARSEST_DEPTH = REACH + 1
const LEAST_SIDE = 4 * SIDE
/** Levels with more pixels only take over what the level below has found. */
const SEARCHED_PIXELS = 1_200_000

/**
 * Fills the pixels of `hole` in `photo`, in place.
 *
 * @param hole 1 where a pixel is to be filled
 * @param closed 1 where a pixel must not be copied from; the hole never is
 * @param seed of the random search
 */
export function fillHole(photo: Pixels, hole: Uint8Array, closed: Uint8Array, seed: number): void {
  const either = closed.slice()
  for (let at = 0; at < hole.length; at++) either[at] = either[at]! | hole[at]!
  const levels: Level[] = [{ ...photo, hole, closed: either }]
  for (;;) {
    const last = levels.at(-1)!
    if (Math.min(last.width, last.height) < 2 * LEAST_SIDE) break
    if (deepest(last) <= COARSEST_DEPTH) break
    levels.push(halved(last))
  }
  smoothFill(levels.at(-1)!)
  let below: Matches | null = null
  for (let index = levels.length - 1; index >= 0; index--) {
    const level = levels[index]!
    const matches = new Matches(level, seed + index)
    if (matches.targets.length === 0 || !matches.possible) {
      // A hole in a picture of few pixels, or nothing to copy from.
      smoothFill(level)
      below = null
      continue
    }
    refine(matches, below, index, levels.length)
    below = matches
  }
}

/** Matches one level and fills its hole, starting from the level below. */
function refine(matches: Matches, below: Matches | null, index: number, count: number): void {
  const { level } = matches
  const depth = depthOf(level)
  const side = Math.max(level.width, level.height)
  if (below === null) matches.start(() => -1)
  else {
    matches.start((x, y) => enlarged(below, matches, x, y))
    applyVotes(level, countVotes(matches, depth))
    matches.measure()
  }
  const large = level.width * level.height > SEARCHED_PIXELS
  const rounds = large ? 1 : index === 0 ? 2 : index === count - 1 ? 8 : 4
  const passes = large ? 1 : 2
  const most = large ? 1 : index === 0 ? 4 : index === 1 ? 16 : side
  for (let round = 0; round < rounds; round++) {
    for (let pass = 0; pass < passes; pass++) matches.improve((round + pass) % 2 === 1, { most })
    const last = index === 0 && round === rounds - 1
    const votes = countVotes(matches, depth)
    applyVotes(level, votes)
    if (last) removeSeam(level, votes)
    else if (round < rounds - 1) matches.measure()
  }
}

/** The match of the level below, at twice the size; -1 if it is not open here. */
function enlarged(below: Matches, matches: Matches, x: number, y: number): number {
  const { width, height } = below.level
  const col = Math.min(width - 1 - REACH, Math.max(REACH, x >> 1))
  const row = Math.min(height - 1 - REACH, Math.max(REACH, y >> 1))
  const from = below.source[row * width + col]!
  if (from < 0) return -1
  const fromX = 2 * (from % width) + (x - 2 * col)
  const fromY = 2 * Math.floor(from / width) + (y - 2 * row)
  return matches.isOpen(fromX, fromY) ? fromY * matches.level.width + fromX : -1
}

/** A first guess: the surroundings, spread smoothly. */
function smoothFill({ width, height, data, hole }: Level): void {
  const level = { width, height, channels: 4, data: new Float32Array(5 * width * height) }
  for (let at = 0; at < hole.length; at++) {
    if (hole[at] === 1) continue
    for (let i = 0; i < 4; i++) level.data[5 * at + i] = data[4 * at + i]!
    level.data[5 * at + 4] = 1
  }
  pushPull(level)
  for (let at = 0; at < hole.length; at++)
    if (hole[at] === 1) for (let i = 0; i < 4; i++) data[4 * at + i] = level.data[5 * at + i]!
}

/** By pixel: steps to the nearest known pixel (chessboard distance), 0 outside the hole. */
function depthOf({ width, height, hole }: Level): Uint8Array {
  const depth = new Uint8Array(hole.length)
  const least = (at: number, neighbours: readonly number[]) => {
    if (hole[at] === 0) return 0
    let best = 254
    for (const by of neighbours) best = Math.min(best, depth[at + by] ?? 254)
    return best + 1
  }
  for (let y = 1; y < height - 1; y++)
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x
      depth[at] = least(at, [-1, -width - 1, -width, -width + 1])
    }
  for (let y = height - 2; y > 0; y--)
    for (let x = width - 2; x > 0; x--) {
      const at = y * width + x
      if (hole[at] === 1)
        depth[at] = Math.min(depth[at]!, least(at, [1, width - 1, width, width + 1]))
    }
  return depth
}

function deepest(level: Level): number {
  return depthOf(level).reduce((most, depth) => Math.max(most, depth), 0)
}
