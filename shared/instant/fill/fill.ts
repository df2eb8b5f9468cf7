/**
 * Fills a hole from the rest of the photo: patches are matched from coarse to fine, and vote for the
 * hole's colours (Wexler et al., PAMI 2007; Newson et al., SIIMS 2014). The same seed gives the same
 * picture.
 */

import type { Pixels } from '../../segmentation/lab.ts'
import { boxOf } from '../box.ts'
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
  const opaque = isOpaque(photo)
  const levels: Step[] = []
  for (let level: Level = { ...photo, hole, closed: either }; ; level = halved(level)) {
    const depth = depthOf(level)
    levels.push({ level, depth })
    const deepest = depth.reduce((most, steps) => Math.max(most, steps), 0)
    if (deepest <= COARSEST_DEPTH || Math.min(level.width, level.height) < 2 * LEAST_SIDE) break
  }
  smoothFill(levels.at(-1)!.level)
  let below: Matches | null = null
  for (let index = levels.length - 1; index >= 0; index--) {
    const { level, depth } = levels[index]!
    const matches = new Matches(level, seed + index, opaque)
    if (matches.targets.length === 0 || !matches.possible) {
      // A hole in a picture of few pixels, or nothing to copy from.
      smoothFill(level)
      below = null
      continue
    }
    refine(matches, depth, below, effortOf(level, index, index === levels.length - 1))
    below = matches
  }
}

/** A level, and for each pixel its steps into the hole. */
type Step = { readonly level: Level; readonly depth: Uint8Array }

/** How much is searched on a level: colours are voted `rounds` times, after some passes each. */
type Effort = {
  readonly rounds: number
  readonly passes: number
  readonly most: number
  readonly last: boolean
}

function effortOf({ width, height }: Level, index: number, coarsest: boolean): Effort {
  const last = index === 0
  if (coarsest) return { rounds: 8, passes: 2, most: Math.max(width, height), last }
  if (width * height > SEARCHED_PIXELS) return { rounds: 1, passes: 1, most: 1, last }
  if (last) return { rounds: 1, passes: 2, most: 4, last }
  if (index === 1) return { rounds: 2, passes: 2, most: 16, last }
  return { rounds: 4, passes: 2, most: Math.max(width, height), last }
}

/** Matches one level and fills its hole, starting from the level below. */
function refine(
  matches: Matches,
  depth: Uint8Array,
  below: Matches | null,
  { rounds, passes, most, last }: Effort,
): void {
  const { level } = matches
  if (below === null) matches.start(() => -1)
  else {
    matches.start((x, y) => enlarged(below, matches, x, y))
    applyVotes(level, countVotes(matches, depth))
    matches.measure()
  }
  for (let round = 0; round < rounds; round++) {
    for (let pass = 0; pass < passes; pass++) matches.improve((round + pass) % 2 === 1, { most })
    const votes = countVotes(matches, depth)
    applyVotes(level, votes)
    if (round < rounds - 1) matches.measure()
    else if (last) removeSeam(level, votes)
  }
}

function isOpaque({ data }: Pixels): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false
  return true
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
  const box = boxOf(hole, { width, height })
  if (box === null) return depth
  const step = (x: number, y: number, towards: -1 | 1) => {
    const at = y * width + x
    if (hole[at] === 0) return
    let least = towards === -1 ? 254 : depth[at]! - 1
    // Beyond the picture nothing is known.
    const near = (dx: number, dy: number) => {
      if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) return
      least = Math.min(least, depth[at + dy * width + dx]!)
    }
    near(towards, 0)
    for (let dx = -1; dx <= 1; dx++) near(dx, towards)
    depth[at] = least + 1
  }
  const right = box.left + box.width
  const bottom = box.top + box.height
  for (let y = box.top; y < bottom; y++) for (let x = box.left; x < right; x++) step(x, y, -1)
  for (let y = bottom - 1; y >= box.top; y--)
    for (let x = right - 1; x >= box.left; x--) step(x, y, 1)
  return depth
}
