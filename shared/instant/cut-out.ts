/**
 * Cuts a thing out of a photo with a soft edge: how much of each pixel at its border is the thing, and
 * the thing's own colour there, so that no rim of the old background travels with it.
 */

import type { Size } from '../drag.ts'
import type { Pixels, Rectangle } from '../segmentation/lab.ts'
import { cropped, type Outline } from './box.ts'
import { middleOf, signedDistances } from './outline/distances.ts'
import { type Guide, guidedFilter } from './outline/guided-filter.ts'
import { takeOwnColours } from './own-colours.ts'
import { scaleOf } from './scale.ts'

/**
 * An edge in a photo goes from 0 to 1 in twice this many pixels, and colour decides up to as many to
 * either side where it does; in pixels of a photo of a million.
 */
const SOFT = 1
/** Colours closer than this to the border may be partly the background's, and partly the thing's outside. */
const CLEAN = 2
/** A part that is nowhere so deep has its colours from this part of its depth on. */
const MIDDLE = 0.6
const GUIDE_RADIUS = 5
const EPSILON = 2e-4

/**
 * A thing in its rectangle of the photo: RGBA colours without the background, and `alpha` in [0, 1],
 * how much of each pixel it covers.
 */
export type CutOut = Rectangle & {
  readonly rgba: Uint8ClampedArray
  readonly alpha: Float32Array
  /** Alpha without the hairs beside it: where the thing's border is. */
  readonly border: Float32Array
}

/** @param outline the thing's own pixels, in a rectangle with room for the soft edge */
export function cutOut(photo: Pixels, { inside, ...part }: Outline): CutOut {
  const scale = scaleOf(photo)
  const rgba = new Uint8ClampedArray(cropped(photo.data, photo, part, 4))
  const distances = signedDistances(inside, part)
  const middle = middleOf(distances, part, CLEAN * scale, MIDDLE)
  const alpha = softAlpha(rgba, inside, middle, distances, part, scale)
  const ground = Uint8Array.from(distances, (distance) => Number(distance <= -CLEAN * scale))
  takeOwnColours(rgba, { thing: middle, ground }, distances, part, scale)
  return { ...part, rgba, alpha, border: alpha }
}

/**
 * Alpha: 1 inside, 0 outside; at the border by colour, as far as the distance allows. The middle of a
 * thin part is seen whatever its colour: its neighbours are all border.
 */
function softAlpha(
  rgba: Uint8ClampedArray,
  inside: Uint8Array,
  middle: Uint8Array,
  distances: Float32Array,
  size: Size,
  scale: number,
): Float32Array {
  const soft = SOFT * scale
  const radius = Math.round(GUIDE_RADIUS * scale)
  const plane = (channel: number) => {
    const values = new Float32Array(inside.length)
    for (let at = 0; at < values.length; at++) values[at] = rgba[4 * at + channel]! / 255
    return values
  }
  const guide: Guide = { ...size, planes: [plane(0), plane(1), plane(2)] }
  const byColour = guidedFilter(guide, new Float32Array(inside), radius, EPSILON)
  const ramp = (distance: number) => Math.max(0, Math.min(1, 0.5 + distance / (2 * soft)))
  return distances.map((distance, at) =>
    Math.max(
      ramp(middle[at] === 1 ? distance : distance - soft),
      Math.min(ramp(distance + soft), byColour[at]!),
    ),
  )
}
