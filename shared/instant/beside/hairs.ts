/**
 * Single hairs and whiskers of a thing in front of ground that is out of focus: there whatever is sharp
 * and thin belongs to the thing, whatever its colour, however far it reaches.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import type { LabImage, Pixels } from '../../segmentation/lab.ts'
import { distancesTo } from '../outline/distances.ts'
import { boxMean } from '../outline/guided-filter.ts'
import { forEachPart } from '../outline/islands.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'
import { type Flagged, type Inside, inSmall, type Small } from './in-small.ts'

/** How far hairs reach, in pixels of a photo of a million, as all lengths. */
const REACH = 80
/** The ground is what is further out, and around a pixel by that: less where the pixel is further out itself. */
const AROUND_NEAR = 100
const AROUND_FAR = 70
/** A hair is lighter or darker than what is around it by so much, in Lab. */
const LEAST = 3
/** It is narrower than 7 pixels: one and the sum of these steps, by which is looked ahead one after the other. */
const STEPS = [1, 2, 3]
const HALF = 3
/** Where more than this part of the ground looks like hairs, or less than that part is ground, none are known. */
const MOST_OF_GROUND = 0.004
const LEAST_GROUND = 0.02
/** A hair goes on across gaps of twice this. */
const GAP = 4
/** Pixels so near a hair have some of it. */
const SPREAD = 2

/** 1 for hairs. They are looked for in a picture of a million pixels or less. */
export function hairsOf(photo: Pixels, thing: Inside): Flagged {
  const scale = scaleOf(photo)
  return inSmall(photo, thing, (REACH + AROUND_NEAR / 2) * scale, scale, hairsIn)
}

function hairsIn({ image, thing, blocked }: Small): Uint8Array {
  const away = distancesTo(nearestFlagged(thing, image), image)
  const thin = thinIn(image)
  const ground = new Float32Array(thing.length)
  const thinGround = new Float32Array(thing.length)
  for (let at = 0; at < thing.length; at++) {
    if (blocked[at] === 1 || away[at]! <= REACH) continue
    ground[at] = 1
    thinGround[at] = thin[at]!
  }
  const [near, far] = [AROUND_NEAR, AROUND_FAR].map((around) => ({
    ground: boxMean(ground, image, around),
    thin: boxMean(thinGround, image, around),
  })) as [Around, Around]
  const flags = new Uint8Array(thing.length)
  for (let at = 0; at < flags.length; at++) {
    if (thin[at] === 0 || blocked[at] === 1 || away[at]! > REACH) continue
    const around = away[at]! > REACH / 2 ? far : near
    if (around.ground[at]! < LEAST_GROUND) continue
    if (around.thin[at]! <= MOST_OF_GROUND * around.ground[at]!) flags[at] = 1
  }
  forEachPart(dilated(flags, image, GAP), 1, image, (part) => {
    if (!part.some((at) => away[at]! <= 1)) for (const at of part) flags[at] = 0
  })
  return dilated(flags, image, SPREAD)
}

/** Parts of what is around each pixel: what is ground, and what is thin in it. */
type Around = { readonly ground: Float32Array; readonly thin: Float32Array }

/** 1 for narrow lines and dots: what a closing takes from the lightness, and from the darkness. */
function thinIn({ l, ...size }: LabImage): Uint8Array {
  const dark = l.map((value) => -value)
  const [filledLight, filledDark] = [closed(l, size), closed(dark, size)]
  const thin = new Uint8Array(l.length)
  for (let at = 0; at < l.length; at++)
    if (filledLight[at]! - l[at]! > LEAST || filledDark[at]! - dark[at]! > LEAST) thin[at] = 1
  return thin
}

/** A plane whose narrow valleys are filled (morphological closing). */
function closed(plane: Float32Array, size: Size): Float32Array {
  const high = highest(plane, size)
  for (let at = 0; at < high.length; at++) high[at] = -high[at]!
  return highest(high, size).map((value) => -value)
}

/** The highest value of the square around each pixel, {@link HALF} to each side. */
function highest(plane: Float32Array, { width, height }: Size): Float32Array {
  const ahead = plane.slice()
  for (const step of STEPS)
    for (let y = 0; y < height; y++) {
      const end = (y + 1) * width - step
      for (let at = y * width; at < end; at++) ahead[at] = Math.max(ahead[at]!, ahead[at + step]!)
    }
  for (const step of STEPS) {
    const [end, by] = [(height - step) * width, step * width]
    for (let at = 0; at < end; at++) ahead[at] = Math.max(ahead[at]!, ahead[at + by]!)
  }
  const around = new Float32Array(plane.length)
  for (let y = 0, at = 0; y < height; y++) {
    const row = Math.max(0, y - HALF) * width
    for (let x = 0; x < width; x++, at++) around[at] = ahead[row + Math.max(0, x - HALF)]!
  }
  return around
}
