/**
 * Fills a hole from the rest of the photo: patches are matched from coarse to fine, and vote for the
 * hole's colours (Wexler et al., PAMI 2007; Newson et al., SIIMS 2014). The same seed gives the same
 * picture.
 */

import { dilated } from '../../geometry/dilated.ts'
import type { Pixels } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown, pasted } from '../box.ts'
import { forEachPart } from '../outline/islands.ts'
import { pushPull } from '../push-pull.ts'
import { scaleOf } from '../scale.ts'
import { blend } from './blend.ts'
import {
  countOf,
  halved,
  halvedFlags,
  type Level,
  REACH,
  SIDE,
  sourcesOf,
  widened,
} from './level.ts'
import { LINES, Matches } from './patch-match.ts'
import { peel } from './peel.ts'
import { joinLines } from './shortest-lines.ts'
import {
  allSteps,
  guessTexture,
  halvedSteps,
  type Steps,
  spreadTexture,
  summedSteps,
  textureOf,
} from './texture.ts'
import { applyTexture, applyVotes, countVotes } from './vote.ts'

/** The pyramid ends where the hole is this deep, in pixels, or the picture this small. */
const COARSEST_DEPTH = 4 * REACH + 1
const LEAST_SIDE = 4 * SIDE
/**
 * It also ends where, on the next level, more than this part of the hole's border would have nothing to copy from within so
 * many pixels; but not before the hole has so few.
 */
const MOST_BARE = 0.2
const NEAR_BORDER = SIDE
const MOST_COARSEST = 20_000
/** Levels with more patches take over the matches of the level below as they are. */
const SEARCHED_PATCHES = 120_000
/** So many patches are searched on a level, all rounds together; in one round more are. */
const WELL_SEARCHED_PATCHES = 40_000
/** The same as {@link LINES}, of one that was given. */
const GIVEN = 1
/** On all levels but the finest, the colours that are compared are so much those of a given guess. */
const FOLLOWED = 0.6
/** On the finest level, differences of texture count so much: the pixels themselves show it, too. */
const FINEST_TEXTURE = 0.4
/** Rounds on the coarsest level: each makes the colours of the first guess more alike. */
const COARSEST_ROUNDS = 1
/** At last only the inner pixels of a patch vote: means of many have no grain. */
const FINAL_REACH = 0
/** Of more patches, one in four votes, but for the colours that stay. */
const SPARSE_PATCHES = 5000
/** On so many levels, the finest, only what is near the pixels that are seen is matched. */
const SEEN_LEVELS = 2
/** How near, in halves of a patch's side: patches that vote, and the pixels that they look at. */
const NEAR_SEEN = 2

/** What is no further from what is seen is filled, in pixels of a photo of a million. */
const BESIDE_SEEN = 16

/** No pixel is further from the nearest known one. */
const FARTHEST = 0xfffe

/** Sources are searched as far from the hole as it is large, at least this far. */
const LEAST_MARGIN = 200

/**
 * Fills the pixels of `hole` in `photo`, in place.
 *
 * @param hole 1 where a pixel is to be filled
 * @param closed 1 where a pixel must not be copied from; the hole never is
 * @param seed of the random search
 * @param seen 1 where the hole will be seen: elsewhere it is filled without fine detail, or left as it is
 * (with the guess) where that is deeper than all that is seen
 * @param guess RGB of the photo, with what may be in the hole: patches are chosen that are like it; null for none
 */
export function fillHole(
  photo: Pixels,
  hole: Uint8Array,
  closed: Uint8Array,
  seed: number,
  seen = hole,
  guess: Uint8Array | null = null,
): void {
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
    hidden: null,
    texture: null,
  }
  const guessed = guess === null ? null : cropped(guess, photo, box, 3)
  part.hole.forEach((flag, at) => {
    if (flag === 0) return
    part.closed[at] = 1
    if (guessed !== null) part.data.set(guessed.subarray(3 * at, 3 * at + 3), 4 * at)
  })
  const shown = seen === hole ? null : cropped(seen, photo, box, 1)
  const near = Math.round(BESIDE_SEEN * scaleOf(photo))
  const level = shown === null ? part : withHidden(part, shown, near)
  fillLevels(level, shown, seed, guessed !== null)
  pasted(part.data, photo.data, photo, box, 4)
}

/**
 * Hides what nobody will see, where it is deeper than what is seen: the hole that is left is less deep, and
 * its first guess has more of the photo's detail. Less deep parts are filled: what is seen may continue behind them.
 *
 * @param near what is no further from what is seen is not hidden, in pixels
 */
function withHidden(part: Level, seen: Uint8Array, near: number): Level {
  const close = dilated(seen, part, near)
  const far = part.hole.map((flag, at) => flag & (1 - close[at]!))
  if (far.indexOf(1) === -1) return part
  const most = deepestOf(depthOf(part), seen)
  const depth = depthOf({ ...part, hole: far })
  const hidden = new Uint8Array(far.length)
  forEachPart(far, 1, part, (pixels) => {
    if (!pixels.some((at) => depth[at]! > most)) return
    for (const at of pixels) hidden[at] = 1
  })
  if (hidden.indexOf(1) === -1) return part
  return { ...part, hole: part.hole.map((flag, at) => flag & (1 - hidden[at]!)), hidden }
}

/** The greatest depth where `on` is 1. */
function deepestOf(depth: Uint16Array, on: Uint8Array): number {
  let most = 0
  for (let at = 0; at < depth.length; at++) if (on[at] === 1 && depth[at]! > most) most = depth[at]!
  return most
}

/**
 * The part of a hole's border that has nothing near it to copy from: what is between the hole and the frame, or another
 * thing, is too narrow on this level. It would be filled from afar, in other light.
 */
function bareBorder(level: Level): number {
  const near = dilated(sourcesOf(level), level, NEAR_BORDER)
  const depth = depthOf(level)
  let [border, bare] = [0, 0]
  level.hole.forEach((flag, at) => {
    if (flag === 0 || depth[at] !== 1) return
    border++
    if (near[at] === 0) bare++
  })
  return bare / Math.max(1, border)
}

/** @param isGuessed whether the colours in the hole are a guess */
function fillLevels(photo: Level, seen: Uint8Array | null, seed: number, isGuessed: boolean): void {
  const opaque = isOpaque(photo)
  const levels: Stage[] = []
  let flags = seen
  let steps: Steps | null = null
  let guessedSteps: Steps | null = null
  for (let level = photo; ; ) {
    const depth = depthOf(level)
    const near =
      flags !== null && levels.length < SEEN_LEVELS ? widened(flags, level, NEAR_SEEN) : null
    const guess = isGuessed ? level.data.slice() : null
    levels.push({ level, depth, near, guess })
    const deepest = deepestOf(depth, level.hole)
    if (deepest <= COARSEST_DEPTH || Math.min(level.width, level.height) < 2 * LEAST_SIDE) break
    steps = steps === null ? halvedSteps(level) : summedSteps(steps)
    const next = halved(level, textureOf(steps))
    if (isGuessed) {
      guessedSteps = guessedSteps === null ? allSteps(level) : summedSteps(guessedSteps)
      guessTexture(next, textureOf(guessedSteps))
    }
    if (countOf(level.hole) <= MOST_COARSEST && bareBorder(next) > MOST_BARE) break
    if (flags !== null) flags = halvedFlags(flags, level)
    level = next
  }
  const [finest, second] = levels
  if (isGuessed && finest !== undefined && second !== undefined)
    levels[0] = { ...finest, level: { ...photo, texture: finestTexture(photo, second.level) } }
  const { level: coarsest, depth, guess } = levels.at(-1)!
  smoothFill(coarsest)
  if (coarsest.texture !== null && guess === null) spreadTexture(coarsest, coarsest.texture)
  joinLines(coarsest, Math.min(COARSEST_DEPTH, deepestOf(depth, coarsest.hole)))
  if (guess !== null) mixGuess(coarsest, guess, 1)
  let below: Matches | null = null
  for (let index = levels.length - 1; index >= 0; index--) {
    const { level, depth, near, guess } = levels[index]!
    const weight = guess === null ? LINES : GIVEN
    const matches: Matches = new Matches(level, near, seed + index, opaque, weight)
    if (matches.targets.length === 0 || !matches.possible) {
      // A hole in a picture of few pixels, or nothing to copy from.
      smoothFill(level)
      if (guess !== null) mixGuess(level, guess, 1)
      below = null
      continue
    }
    if (below === null) peel(matches, depth)
    refine(matches, depth, below, effortOf(matches, index, index === levels.length - 1), guess)
    below = matches
  }
}

/**
 * A level; for each pixel its steps into the hole; where patches are matched, null for all; and the level's colours with a
 * given guess in the hole, null without one.
 */
type Stage = {
  readonly level: Level
  readonly depth: Uint16Array
  readonly near: Uint8Array | null
  readonly guess: Level['data'] | null
}

/** How much is searched on a level: colours are voted `rounds` times, each after some passes. */
type Effort = {
  readonly rounds: number
  readonly passes: number
  readonly most: number
  readonly last: boolean
}

/** The work of a level is bounded by the patches to match: large holes are searched less. */
function effortOf({ level, targets }: Matches, index: number, coarsest: boolean): Effort {
  const last = index === 0
  const most = Math.max(level.width, level.height)
  if (coarsest) return { rounds: COARSEST_ROUNDS, passes: 2, most, last }
  const count = targets.length
  if (count > SEARCHED_PATCHES) return { rounds: 0, passes: 0, most: 0, last }
  const rounds = Math.max(1, Math.floor(WELL_SEARCHED_PATCHES / count))
  if (last) return { rounds: 1, passes: count > WELL_SEARCHED_PATCHES ? 1 : 2, most: 4, last }
  if (index === 1) return { rounds: Math.min(2, rounds), passes: 2, most: 16, last }
  return { rounds: Math.min(4, rounds), passes: 2, most, last }
}

/** Matches one level and fills its hole, starting from the level below. */
function refine(
  matches: Matches,
  depth: Uint16Array,
  below: Matches | null,
  { rounds, passes, most, last }: Effort,
  guess: Stage['guess'],
): void {
  const { level } = matches
  const sparse = matches.targets.length > SPARSE_PATCHES ? 2 : 1
  if (below !== null) {
    enlargeColours(below.level, level)
    if (level.texture !== null && guess === null) enlargeTexture(below.level, level, level.texture)
    matches.inherit(below)
    vote(matches, depth, { final: rounds === 0 && last, every: sparse, guess })
  }
  const isFollowed = guess !== null && !last
  if (rounds > 0) {
    if (isFollowed) mixGuess(level, guess, FOLLOWED)
    matches.measure()
  }
  for (let round = 1; round <= rounds; round++) {
    for (let pass = 0; pass < passes; pass++) matches.improve((round + pass) % 2 === 0, { most })
    const final = last && round === rounds
    vote(matches, depth, { final, every: final ? 1 : sparse, guess })
    if (round === rounds) break
    if (isFollowed) mixGuess(level, guess, FOLLOWED)
    matches.measure()
  }
}

/** Brings the colours of the hole nearer to a guess. @param share all the way at 1 */
function mixGuess({ data, hole }: Level, guess: Level['data'], share: number): void {
  for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1))
    for (let i = 4 * at; i < 4 * at + 3; i++) data[i] = share * guess[i]! + (1 - share) * data[i]!
}

/** How patches vote: one at each so many rows and columns; at last the colours are blended, too. */
type Vote = Pick<Stage, 'guess'> & { readonly final: boolean; readonly every: number }

/** Fills the hole with the colours that the patches vote for, and with their texture if no guess says it. */
function vote(matches: Matches, depth: Uint16Array, { final, every, guess }: Vote): void {
  const votes = countVotes(matches, depth, final ? FINAL_REACH : REACH, every, guess !== null)
  applyVotes(matches.level, votes)
  applyTexture(matches.level, votes)
  if (final) blend(matches, votes)
}

function isOpaque({ data }: Pixels): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== 255) return false
  return true
}

/** Colours of the level below at twice the size, for pixels that no patch votes for. */
function enlargeColours(below: Level, { width, data, hole }: Level): void {
  for (let at = hole.indexOf(1); at !== -1; at = hole.indexOf(1, at + 1)) {
    const from = childOf(below, at, width)
    for (let i = 0; i < 4; i++) data[4 * at + i] = below.data[4 * from + i]!
  }
}

/** Texture for the finest level where a guess says it: that of the level below, of all pixels. */
function finestTexture({ width, hole }: Level, below: Level): Float32Array | null {
  if (below.texture === null) return null
  const texture = new Float32Array(2 * hole.length)
  for (let at = 0; at < hole.length; at++) {
    const from = childOf(below, at, width)
    texture[2 * at] = FINEST_TEXTURE * below.texture[2 * from]!
    texture[2 * at + 1] = FINEST_TEXTURE * below.texture[2 * from + 1]!
  }
  return texture
}

/** Texture of the level below at twice the size, for pixels that no patch votes for. */
function enlargeTexture(below: Level, { width, closed }: Level, texture: Float32Array): void {
  if (below.texture === null) return
  for (let at = closed.indexOf(1); at !== -1; at = closed.indexOf(1, at + 1)) {
    const from = childOf(below, at, width)
    texture[2 * at] = below.texture[2 * from]!
    texture[2 * at + 1] = below.texture[2 * from + 1]!
  }
}

/** The pixel of the level below that a pixel is part of. */
function childOf(below: Level, at: number, width: number): number {
  const x = at % width
  const col = Math.min(below.width - 1, x >> 1)
  const row = Math.min(below.height - 1, ((at - x) / width) >> 1)
  return row * below.width + col
}

/** A first guess: the surroundings, spread smoothly. */
function smoothFill({ width, height, data, hole, hidden }: Level): void {
  const level = { width, height, channels: 4, data: new Float32Array(5 * width * height) }
  for (let at = 0; at < hole.length; at++) {
    if (hole[at] === 1 || hidden?.[at] === 1) continue
    for (let i = 0; i < 4; i++) level.data[5 * at + i] = data[4 * at + i]!
    level.data[5 * at + 4] = 1
  }
  pushPull(level)
  for (let at = 0; at < hole.length; at++)
    if (hole[at] === 1) for (let i = 0; i < 4; i++) data[4 * at + i] = level.data[5 * at + i]!
}

/** By pixel: steps to the nearest known pixel (chessboard distance), 0 for those. */
function depthOf({ width, height, hole, hidden }: Level): Uint16Array {
  const unknown = hidden === null ? hole : hole.map((flag, at) => flag | hidden[at]!)
  const depth = new Uint16Array(hole.length)
  const box = boxOf(unknown, { width, height })
  if (box === null) return depth
  const step = (x: number, y: number, towards: -1 | 1) => {
    const at = y * width + x
    if (unknown[at] === 0) return
    let least = towards === -1 ? FARTHEST : depth[at]! - 1
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
