/**
 * Finds for every patch that touches the hole a similar patch elsewhere (PatchMatch; Barnes et al.,
 * SIGGRAPH 2009). Knows nothing of how the hole is filled from them.
 */

import { Random } from '../random.ts'
import { besideHidden, indicesOf, type Level, REACH, SIDE, sourcesOf, targetsOf } from './level.ts'

/** Random tries of a first match. */
const GUESSES = 12

/** Distance of a match across the whole picture, per pixel of a patch: near ones are preferred. */
const FAR = 15
/** Weight of a difference in texture against one in colour. */
const TEXTURE = 30

/** How much a guessed pixel counts against a known one in the first matches: one by lines. */
export const LINES = 0.05

/** How far away new matches are searched, in pixels: from `most` down by quarters. */
export type Reach = { readonly most: number }

export class Matches {
  readonly level: Level
  /** Pixels whose patches are matched, by row. */
  readonly targets: Int32Array
  /** By pixel: the matched pixel, or -1. */
  readonly source: Int32Array
  /** By pixel: the distance of its match, a sum of squares over the patch. */
  readonly distance: Float32Array
  /** Pixels of open patches: what can be a match. */
  readonly choices: Int32Array
  readonly #open: Uint8Array
  readonly #besideHidden: Uint8Array | null
  readonly #random: Random
  /** Distance added per pixel to the match: near sources are preferred a little. */
  readonly #far: number
  readonly #opaque: boolean
  readonly #guessed: number

  /**
   * @param near 1 for the pixels around which patches are matched, null for all
   * @param opaque whether the photo has no transparent pixel
   * @param guessed how much a pixel counts whose colour is a guess against one that is known
   */
  constructor(
    level: Level,
    near: Uint8Array | null,
    seed: number,
    opaque: boolean,
    guessed: number,
  ) {
    this.level = level
    this.targets = targetsOf(level, near)
    const count = level.width * level.height
    this.source = new Int32Array(count).fill(-1)
    this.distance = new Float32Array(count)
    this.#open = sourcesOf(level)
    this.#besideHidden = besideHidden(level)
    this.choices = indicesOf(this.#open)
    this.#random = new Random(seed)
    this.#opaque = opaque
    this.#guessed = guessed
    this.#far = (FAR * SIDE * SIDE) / Math.max(level.width, level.height)
  }

  /** False if every patch has a closed pixel: then nothing can be copied. */
  get possible(): boolean {
    return this.choices.length > 0
  }

  /** Whether the patch around a pixel may be copied. */
  isOpen(x: number, y: number): boolean {
    const { width, height } = this.level
    return x >= 0 && y >= 0 && x < width && y < height && this.#open[y * width + x] === 1
  }

  /** Takes over the matches of the level below, at twice the size, as they are. */
  inherit(below: Matches): void {
    const { width } = this.level
    for (const at of this.targets) {
      const x = at % width
      const y = (at - x) / width
      this.source[at] = this.#enlarged(below, x, y)
      this.distance[at] = below.distance[parentOf(below.level, x, y)]!
    }
  }

  /** The match of the level below, at twice the size; -1 if it is not open here. */
  #enlarged(below: Matches, x: number, y: number): number {
    const { width } = below.level
    const parent = parentOf(below.level, x, y)
    const from = below.source[parent]!
    if (from < 0) return -1
    const col = parent % width
    const fromX = 2 * (from % width) + (x - 2 * col)
    const fromY = 2 * Math.floor(from / width) + (y - 2 * ((parent - col) / width))
    return this.isOpen(fromX, fromY) ? fromY * this.level.width + fromX : -1
  }

  /** Computes the distances of the colours as they are; what has no match gets one at random. */
  measure(): void {
    for (const at of this.targets) {
      const from = this.source[at]!
      this.source[at] = -1
      this.distance[at] = Number.POSITIVE_INFINITY
      const x = at % this.level.width
      const y = (at - x) / this.level.width
      if (from >= 0) this.#try(at, x, y, from)
      else for (let k = 0; k < GUESSES; k++) this.#try(at, x, y, this.#choice())
    }
  }

  /** One pass over all patches: matches of neighbours and random ones are tried. */
  improve(backwards: boolean, { most }: Reach): void {
    const { targets, source } = this
    const { width, height } = this.level
    const step = backwards ? 1 : -1
    for (let k = 0; k < targets.length; k++) {
      const at = targets[backwards ? targets.length - 1 - k : k]!
      const x = at % width
      const y = (at - x) / width
      const beside = source[at + step]!
      if (beside >= 0) this.#try(at, x, y, beside - step)
      const above = source[at + step * width]!
      if (above >= 0) this.#try(at, x, y, above - step * width)
      for (let reach = most; reach >= 1; reach = reach >> 2) {
        const best = source[at]!
        const bestX = best % width
        const bestY = (best - bestX) / width
        const left = Math.max(REACH, bestX - reach)
        const right = Math.min(width - 1 - REACH, bestX + reach)
        const top = Math.max(REACH, bestY - reach)
        const bottom = Math.min(height - 1 - REACH, bestY + reach)
        const tryX = left + this.#random.below(right - left + 1)
        const tryY = top + this.#random.below(bottom - top + 1)
        this.#try(at, x, y, tryY * width + tryX)
      }
    }
  }

  /**
   * Matches a patch by some of its pixels: the best of its neighbours' matches and of every `step`th
   * choice. Its distance is not kept.
   *
   * @param offsets of the known pixels to compare, from the middle of the patch
   * @param guessed the same, of those whose colours are guesses
   */
  matchKnown(
    at: number,
    offsets: readonly number[],
    guessed: readonly number[],
    first: number,
    step: number,
  ): void {
    const { width, data } = this.level
    const x = at % width
    const y = (at - x) / width
    let least = Number.POSITIVE_INFINITY
    let found = -1
    const compare = (from: number) => {
      if (this.#open[from] !== 1) return
      const fromX = from % width
      const far = Math.abs(fromX - x) + Math.abs((from - fromX) / width - y)
      const part = offsets.length / (SIDE * SIDE)
      let sum = part * this.#far * far + offsets.length * this.#roughness(at, from)
      const add = (pixels: readonly number[], weight: number, alpha: number) => {
        for (let k = 0; k < pixels.length && sum < least; k++) {
          const one = 4 * (at + pixels[k]!)
          const other = 4 * (from + pixels[k]!)
          for (let i = 0; i < 3; i++) sum += weight * (data[one + i]! - data[other + i]!) ** 2
          sum += alpha * (data[one + 3]! - data[other + 3]!) ** 2
        }
      }
      add(offsets, 1, 1)
      // Whoever gives a guess knows colours.
      add(guessed, this.#guessed, LINES)
      if (sum >= least) return
      least = sum
      found = from
    }
    for (let row = -width; row <= width; row += width)
      for (let near = row - 1; near <= row + 1; near++) {
        const beside = this.source[at + near]!
        if (beside >= 0) compare(beside - near)
      }
    for (let k = first; k < this.choices.length; k += step) compare(this.choices[k]!)
    this.source[at] = found
  }

  /** How unlike the textures of two places are, per pixel of a patch. */
  #roughness(at: number, from: number): number {
    const { texture } = this.level
    if (texture === null) return 0
    const across = texture[2 * at]! - texture[2 * from]!
    const down = texture[2 * at + 1]! - texture[2 * from + 1]!
    return TEXTURE * (across * across + down * down)
  }

  #choice(): number {
    return this.choices[this.#random.below(this.choices.length)]!
  }

  /** Takes `from` as the match if it is open and nearer than the best so far. */
  #try(at: number, x: number, y: number, from: number): void {
    if (this.#open[from] !== 1 || from === this.source[at]) return
    const { width, data } = this.level
    const fromX = from % width
    const fromY = (from - fromX) / width
    const far = this.#far * (Math.abs(fromX - x) + Math.abs(fromY - y))
    const most = this.distance[at]!
    const apart = far + SIDE * SIDE * this.#roughness(at, from)
    if (apart >= most) return
    const sum =
      apart +
      (this.#besideHidden?.[at] === 1
        ? seenDistance(this.level, at, from)
        : patchDistance(data, width, at, from, most - apart, this.#opaque))
    if (sum >= most) return
    this.source[at] = from
    this.distance[at] = sum
  }
}

/** The pixel of the smaller level whose patch is there. */
function parentOf({ width, height }: Level, x: number, y: number): number {
  const col = Math.min(width - 1 - REACH, Math.max(REACH, x >> 1))
  const row = Math.min(height - 1 - REACH, Math.max(REACH, y >> 1))
  return row * width + col
}

/**
 * The sum of squared differences of two patches, or a part of it that is already `most` or more.
 *
 * @param opaque whether alpha is the same everywhere
 */
function patchDistance(
  data: Uint8Array | Uint8ClampedArray,
  width: number,
  one: number,
  other: number,
  most: number,
  opaque: boolean,
): number {
  let sum = 0
  let a = 4 * (one - REACH * width - REACH)
  let b = 4 * (other - REACH * width - REACH)
  const next = 4 * (width - SIDE)
  for (let row = 0; row < SIDE; row++) {
    for (let col = 0; col < SIDE; col++, a += 4, b += 4) {
      const red = data[a]! - data[b]!
      const green = data[a + 1]! - data[b + 1]!
      const blue = data[a + 2]! - data[b + 2]!
      sum += red * red + green * green + blue * blue
      if (opaque) continue
      const alpha = data[a + 3]! - data[b + 3]!
      sum += alpha * alpha
    }
    if (sum >= most) return sum
    a += next
    b += next
  }
  return sum
}

/** The same by the pixels of the first patch that are not hidden, as if it had as many as any. */
function seenDistance({ width, data, hidden }: Level, one: number, other: number): number {
  let [sum, count] = [0, 0]
  for (let row = -REACH; row <= REACH; row++)
    for (let col = -REACH; col <= REACH; col++) {
      const step = row * width + col
      if (hidden![one + step] === 1) continue
      count++
      for (let i = 0; i < 4; i++)
        sum += (data[4 * (one + step) + i]! - data[4 * (other + step) + i]!) ** 2
    }
  return (sum * SIDE * SIDE) / Math.max(1, count)
}
