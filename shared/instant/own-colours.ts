/**
 * The thing's own colours at its border, where those of the photo are partly its background's (the colours that
 * matting calls the foreground's).
 */

import type { Size } from '../drag.ts'
import { nearestFlagged } from './outline/nearest.ts'

/** What is sure on either side is looked at so far from a pixel, in pixels of a photo of a million, and in so many steps. */
const NEAR = 4
const STEPS = 6
/** Pixels further outside than this have so little of the thing that its nearest colour will do. */
const SEEN_OUTSIDE = 2
/** Up to the first share of background it can be taken off a colour; from the second on, nothing is left of the thing's. */
const MIXED = 0.25
const LOST = 0.6
/** Between colours whose squared distance is below this, shares mean nothing, in RGB. */
const ALIKE = 100
/** A colour that is twice as far from every mix of both sides is the thing's own, such as a dark edge; from once on, partly. */
const OFF = 10

/** Flags of what is surely the thing, and of what is surely background. */
export type Sure = { readonly thing: Uint8Array; readonly ground: Uint8Array }

/**
 * Takes the background off the colours at a thing's border, in place: the share of it that lies between the mean
 * colours of both sides. What is no mix of the two stays as it is. Outside, and where too little of the thing is left, its colours
 * are those from further inside.
 *
 * @param rgba of the thing's rectangle
 * @param distances to its border, positive inside
 */
export function takeOwnColours(
  rgba: Uint8ClampedArray,
  sure: Sure,
  distances: Float32Array,
  size: Size,
  scale: number,
): void {
  const nearest = nearestFlagged(sure.thing, size)
  const photo = rgba.slice()
  const near = around(Math.ceil(NEAR * scale) + 1)
  const [own, other] = [new Float64Array(4), new Float64Array(4)]
  nearest.forEach((from, at) => {
    if (sure.thing[at] === 1 || from === -1) return
    const isSeen = distances[at]! >= -SEEN_OUTSIDE * (scale + 1)
    if (!isSeen || !meanOf(photo, sure.thing, size, at, near, own)) {
      for (let i = 0; i < 4; i++) rgba[4 * at + i] = photo[4 * from + i]!
      return
    }
    // What is transparent says itself how much of it is the thing.
    const isMixed = distances[at]! > 0 && photo[4 * at + 3] === 255
    if (isMixed && meanOf(photo, sure.ground, size, at, near, other)) unmix(photo, at, own, other)
    for (let i = 0; i < 4; i++) rgba[4 * at + i] = own[i]!
  })
}

/** @param own the mean colour of the thing; becomes the pixel's own @param other that of the background */
function unmix(photo: Uint8ClampedArray, at: number, own: Float64Array, other: Float64Array): void {
  let [length, along, off] = [0, 0, 0]
  for (let i = 0; i < 3; i++) {
    const way = other[i]! - own[i]!
    length += way * way
    along += way * (photo[4 * at + i]! - own[i]!)
  }
  const share = Math.max(0, Math.min(1, along / (length + ALIKE)))
  for (let i = 0; i < 3; i++)
    off += (photo[4 * at + i]! - own[i]! - share * (other[i]! - own[i]!)) ** 2
  const kept = Math.max(0, Math.min(1, Math.sqrt(off) / OFF - 1))
  const left = Math.max(0, Math.min(1, (LOST - share) / (LOST - MIXED)))
  const taken = Math.min(share, LOST)
  for (let i = 0; i < 4; i++) {
    const colour = photo[4 * at + i]!
    const without = (colour - taken * other[i]!) / (1 - taken)
    own[i] = kept * colour + (1 - kept) * (left * without + (1 - left) * own[i]!)
  }
}

/** The mean colour of what is flagged around a pixel. @returns whether there is any */
function meanOf(
  photo: Uint8ClampedArray,
  flags: Uint8Array,
  { width, height }: Size,
  at: number,
  near: ReturnType<typeof around>,
  mean: Float64Array,
): boolean {
  const x = at % width
  const y = (at - x) / width
  let all = 0
  mean.fill(0)
  for (const { dx, dy, weight } of near) {
    const [u, v] = [x + dx, y + dy]
    if (u < 0 || v < 0 || u >= width || v >= height) continue
    const from = v * width + u
    if (flags[from] !== 1) continue
    all += weight
    for (let i = 0; i < 4; i++) mean[i] = mean[i]! + weight * photo[4 * from + i]!
  }
  if (all === 0) return false
  for (let i = 0; i < 4; i++) mean[i] = mean[i]! / all
  return true
}

/** The ways to pixels within a radius, with their weights: one at the pixel, almost none at the radius. */
function around(radius: number): { dx: number; dy: number; weight: number }[] {
  const step = Math.ceil(radius / STEPS)
  const count = Math.floor(radius / step)
  const ways = []
  for (let i = -count; i <= count; i++)
    for (let j = -count; j <= count; j++) {
      const weight = 1 - (step * step * (i * i + j * j)) / (radius * radius + 1)
      if (weight > 0) ways.push({ dx: i * step, dy: j * step, weight })
    }
  return ways
}
