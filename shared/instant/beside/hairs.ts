/**
 * Single hairs and whiskers of a thing in front of ground that is out of focus: there what is thin and sharp, and
 * comes from the thing, belongs to it, be it lighter or darker than the ground.
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

/** Hairs end so near the thing, in pixels of a photo of a million, as all lengths. */
const LONGEST = 120
/** The ground is what is further from the thing than this, and around a hair by that. */
const NEAREST_GROUND = 80
const AROUND = 100
/** So much of the picture is looked at around the thing. */
const MARGIN = 130
/** A hair is lighter or darker than what is around it by so much, in Lab, and narrower than 7 pixels. */
const LEAST = 3
const HALF = 3
/** The steps that add up to that half. */
const STEPS = [1, 2]
/** So near the border of the picture there is not enough around a pixel to say what is thin. */
const UNKNOWN = 2 * HALF
/** Where more than this part of the ground is thin, or less than that part of what is around is ground, there are no hairs. */
const MOST_OF_GROUND = 0.004
const LEAST_GROUND = 0.02
/** Of a bunch of hairs, too, at most so much is thin of so much around, but at a few places. Else it is something in focus: a rock. */
const BUNCH = 0.75
const BUNCH_AROUND = 12
const FEW = 0.1
/** At least so much of a hair lies on ground that is out of focus. */
const ON_GROUND = 0.75
/** Nearer to the thing fur joins the hairs to each other; there, what is thin goes with the hairs beside it. */
const FUR = 8
/** A hair goes on across gaps of twice this. */
const GAP = 4
/** Pixels so near a hair have some of it. */
const SPREAD = 2

/** 1 for hairs. They are looked for in a picture of a million pixels or less. */
export function hairsOf(photo: Pixels, thing: Inside): Flagged {
  const scale = scaleOf(photo)
  return inSmall(photo, thing, MARGIN * scale, scale, hairsIn)
}

function hairsIn({ image, thing, blocked }: Small): Uint8Array {
  const away = distancesTo(nearestFlagged(thing, image), image)
  const thin = thinIn(image, blocked)
  const ground = new Float32Array(thing.length)
  const thinGround = new Float32Array(thing.length)
  for (let at = 0; at < thing.length; at++) {
    if (blocked[at] === 1 || away[at]! <= NEAREST_GROUND) continue
    ground[at] = 1
    thinGround[at] = thin[at]!
  }
  const share = boxMean(ground, image, AROUND)
  const thinShare = boxMean(thinGround, image, AROUND)
  const isOnGround = (at: number) =>
    share[at]! >= LEAST_GROUND && thinShare[at]! <= MOST_OF_GROUND * share[at]!
  const dense = boxMean(new Float32Array(thin), image, BUNCH_AROUND)
  const hairs = new Uint8Array(thing.length)
  for (const line of linesFrom(thin, away, image)) {
    const count = (is: (at: number) => boolean) => line.reduce((sum, at) => sum + Number(is(at)), 0)
    if (count((at) => dense[at]! > BUNCH) > FEW * line.length) continue
    if (count(isOnGround) < ON_GROUND * line.length) continue
    for (const at of line) hairs[at] = 1
  }
  const roots = dilated(hairs, image, FUR)
  for (let at = 0; at < hairs.length; at++)
    if (away[at]! <= FUR && roots[at] === 1) hairs[at] = thin[at]!
  return dilated(hairs, image, SPREAD)
}

/**
 * The pixels of each thin line that comes from the thing, without those in its fur. What goes on further than hairs do,
 * or to the frame, is something else: a wire, a perch.
 */
function linesFrom(thin: Uint8Array, away: Float32Array, size: Size): Int32Array[] {
  const { width, height } = size
  const isAtFrame = (at: number) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return Math.min(x, y, width - 1 - x, height - 1 - y) < UNKNOWN + GAP
  }
  const beyondFur = thin.map((flag, at) => (away[at]! > FUR ? flag : 0))
  const lines: Int32Array[] = []
  forEachPart(dilated(beyondFur, size, GAP), 1, size, (part) => {
    const line = part.filter((at) => beyondFur[at] === 1)
    if (line.some((at) => away[at]! > LONGEST || isAtFrame(at))) return
    if (part.some((at) => away[at]! <= FUR)) lines.push(line)
  })
  return lines
}

/** 1 for narrow lines and dots beside the thing: what a closing takes from the lightness, and from the darkness. */
function thinIn({ l, width, height }: LabImage, blocked: Uint8Array): Uint8Array {
  const size = { width, height }
  const dark = l.map((value) => -value)
  const [filledLight, filledDark] = [closed(l, size), closed(dark, size)]
  const thin = new Uint8Array(l.length)
  for (let y = UNKNOWN; y < height - UNKNOWN; y++)
    for (let x = UNKNOWN; x < width - UNKNOWN; x++) {
      const at = y * width + x
      if (blocked[at] === 1) continue
      if (filledLight[at]! - l[at]! > LEAST || filledDark[at]! - dark[at]! > LEAST) thin[at] = 1
    }
  return thin
}

/** A plane whose narrow valleys are filled (morphological closing). */
function closed(plane: Float32Array, size: Size): Float32Array {
  const high = highest(plane, size)
  for (let at = 0; at < high.length; at++) high[at] = -high[at]!
  return highest(high, size).map((value) => -value)
}

/** The highest value of the square around each pixel, {@link HALF} to each side as far as the picture goes. */
function highest(plane: Float32Array, { width }: Size): Float32Array {
  const high = plane.slice()
  for (const step of STEPS) {
    for (let first = 0; first < high.length; first += width)
      for (let at = first; at < first + width - step; at++)
        high[at] = Math.max(high[at]!, high[at + step]!)
    const by = step * width
    for (let at = 0; at < high.length - by; at++) high[at] = Math.max(high[at]!, high[at + by]!)
  }
  for (const step of STEPS) {
    for (let first = 0; first < high.length; first += width)
      for (let at = first + width - 1; at >= first + step; at--)
        high[at] = Math.max(high[at]!, high[at - step]!)
    const by = step * width
    for (let at = high.length - 1; at >= by; at--) high[at] = Math.max(high[at]!, high[at - by]!)
  }
  return high
}
