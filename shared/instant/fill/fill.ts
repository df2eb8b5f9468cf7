/**
 * Fills a hole from the rest of the photo: patches are matched from coarse to fine, and vote for the
 * hole's colours (Wexler et al., PAMI 2007; Newson et al., SIIMS 2014). The same seed gives the same
 * picture.
 */

import type { Pixels } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown, pasted } from '../box.ts'
import { pushPull } from '../push-pull.ts'
import { scaleOf } from '../scale.ts'
import { halved, type Level, REACH, SIDE } from './level.ts'
import { Matches } from './patch-match.ts'
import { removeSeam } from './seam.ts'
import { applyVotes, countVotes } from './vote.ts'

/** The pyramid ends where the hole is this deep, in pixels, or the picture this small. */
const COARSEST_DEPTH = REACH + 1
const LEAST_SIDE = 4 * SIDE
/** Levels with more pixels take over the matches of the level below as they are. */
const SEARCHED_PIXELS = 1_200_000

/** Sources are searched as far from the hole as it is large, at least this far. */
const LEAST_MARGIN = 200

/**
 * Fills the pixels of `hole` in `photo`, in place.
 *
 * @param hole 1 where a pixel is to be filled
 * @param closed 1 where a pixel must not be copied from; the hole never is
 * @param seed of the random search
 */
export function fillHole(photo: Pixels, hole: Uint8Array, closed: Uint8Array, seed: number): void {
  const around = boxOf(hole, photo)
  if (around === null) return
  const margin = Math.max(around.width, around.height, Math.round(LEAST_MARGIN * scaleOf(photo)))
  const box = grown(around, margin, photo)
  const part = {
    width: box.width,
    height: box.height,
    data: cropped(photo.data, photo, box, 4),
    hole: cropped(hole, photo, box, 1),
    closed: cropped(closed, photo, box, 1),
  }
  part.hole.forEach((flag, at) => {
    if (flag === 1) part.closed[at] = 1
  })
  fillLevels(part, seed)
  pasted(part.data, photo.data, photo, box, 4)
}

function fillLevels(photo: Level, seed: number): void {
  const opaque = isOpaque(photo)
  const levels: Step[] = []
  for (let level = photo; ; level = halved(level)) {
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

/** How much is searched on a level: colours are voted `rounds` times, each after some passes. */
type Effort = {
  readonly rounds: number
  readonly passes: number
  readonly most: number
  readonly last: boolean
}

function effortOf({ width, height }: Level, index: number, coarsest: boolean): Effort {
  const last = index === 0
  if (coarsest) return { rounds: 8, passes: 2, most: Math.max(width, height), last }
  if (width * height > SEARCHED_PIXELS) return { rounds: 0, passes: 0, most: 0, last }
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
  if (below !== null) enlargeColours(below.level, level)
  if (below !== null && rounds === 0) {
    matches.inherit(below)
    vote(matches, depth, last, 2)
    return
  }
  matches.start((x, y) => (below === null ? -1 : matches.enlarged(below, x, y)))
  if (below !== null) {
    vote(matches, depth, false)
    matches.measure()
  }
  for (let round = 1; round <= rounds; round++) {
    for (let pass = 0; pass < passes; pass++) matches.improve((round + pass) % 2 === 0, { most })
    vote(matches, depth, last && round === rounds)
    if (round < rounds) matches.measure()
  }
}

/** Fills the hole with the colours that the patches vote for. @param final removes the seam, too */
function vote(matches: Matches, depth: Uint8Array, final: boolean, every = 1): void {
  const votes = countVotes(matches, depth, every)
  applyVotes(matches.level, votes)
  if (final) removeSeam(matches.level, votes)
}

function isOpaque({ data }: Pixels): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false
  return true
}

/** Colours of the level below at twice the size, for pixels that no patch votes for. */
function enlargeColours(below: Level, { width, data, hole }: Level): void {
  for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1)) {
    const x = at % width
    const y = (at - x) / width
    const col = Math.min(below.width - 1, x >> 1)
    const row = Math.min(below.height - 1, y >> 1)
    for (let i = 0; i < 4; i++) data[4 * at + i] = below.data[4 * (row * below.width + col) + i]!
  }
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
