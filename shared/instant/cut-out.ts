/**
 * Cuts a thing out of a photo with a soft edge: how much of each pixel at its border is the thing, and
 * the thing's own colour there, so that no rim of the old background travels with it.
 */

import type { Size } from '../drag.ts'
import type { Pixels, Rectangle } from '../segmentation/lab.ts'
import { cropped, grown } from './box.ts'
import { type Guide, guidedFilter } from './guided-filter.ts'
import { nearestFlagged } from './nearest.ts'
import { scaleOf } from './scale.ts'

/** Half the width of the unsure band at the border, in pixels of a photo of a million. */
const BAND = 3
/** Colours closer than this to the border are drawn from further inside. */
const CLEAN = 3
const GUIDE_RADIUS = 5
const EPSILON = 2e-4
/** Background that a thing encloses belongs to it, up to this part of the photo. */
const ISLAND = 0.003

/**
 * A thing in its rectangle of the photo: RGBA colours without the background, and `alpha` in [0, 1],
 * how much of each pixel it covers.
 */
export type CutOut = Rectangle & {
  readonly rgba: Uint8ClampedArray
  readonly alpha: Float32Array
}

/**
 * @param owned 1 for the thing's pixels, in the whole photo
 * @param box the rectangle around them
 */
export function cutOut(photo: Pixels, owned: Uint8Array, box: Rectangle): CutOut {
  const scale = scaleOf(photo)
  const band = Math.round(BAND * scale)
  const part = grown(box, 3 * band + Math.round(GUIDE_RADIUS * scale), photo)
  const rgba = new Uint8ClampedArray(cropped(photo.data, photo, part, 4))
  const inside = cropped(owned, photo, part, 1)
  closeIslands(inside, part, ISLAND * photo.width * photo.height)
  const outside = inside.map((flag) => 1 - flag)
  const distances = signedDistances(inside, outside, part)
  const alpha = softAlpha(rgba, inside, distances, part, band, Math.round(GUIDE_RADIUS * scale))
  cleanColours(rgba, inside, distances, part, CLEAN * scale)
  return { ...part, rgba, alpha }
}

/** Adds enclosed background of up to `most` pixels to the thing. */
function closeIslands(inside: Uint8Array, { width, height }: Size, most: number): void {
  const seen = inside.slice()
  const open = new Int32Array(inside.length)
  for (let seed = 0; seed < seen.length; seed++) {
    if (seen[seed] === 1) continue
    let atBorder = false
    let count = 0
    open[count++] = seed
    seen[seed] = 1
    for (let k = 0; k < count; k++) {
      const at = open[k]!
      const x = at % width
      const y = (at - x) / width
      atBorder ||= x === 0 || y === 0 || x === width - 1 || y === height - 1
      for (const [next, there] of [
        [at - 1, x > 0],
        [at + 1, x < width - 1],
        [at - width, y > 0],
        [at + width, y < height - 1],
      ] as const)
        if (there && seen[next] === 0) {
          seen[next] = 1
          open[count++] = next
        }
    }
    if (!atBorder && count <= most) for (let k = 0; k < count; k++) inside[open[k]!] = 1
  }
}

/** By pixel: distance to the thing's border, positive inside, from pixel centres. */
function signedDistances(inside: Uint8Array, outside: Uint8Array, size: Size): Float32Array {
  const toInside = nearestFlagged(inside, size)
  const toOutside = nearestFlagged(outside, size)
  const { width } = size
  const between = (at: number, other: number) => {
    if (other === -1) return 1e6
    const across = (at % width) - (other % width)
    return Math.hypot(across, Math.floor(at / width) - Math.floor(other / width))
  }
  return Float32Array.from(inside, (flag, at) =>
    flag === 1 ? between(at, toOutside[at]!) - 0.5 : 0.5 - between(at, toInside[at]!),
  )
}

/** Alpha: 1 inside, 0 outside, and in the band half by colour and half by distance. */
function softAlpha(
  rgba: Uint8ClampedArray,
  inside: Uint8Array,
  distances: Float32Array,
  size: Size,
  band: number,
  radius: number,
): Float32Array {
  const plane = (channel: number) =>
    Float32Array.from(inside, (_, at) => rgba[4 * at + channel]! / 255)
  const guide: Guide = { ...size, planes: [plane(0), plane(1), plane(2)] }
  const byColour = guidedFilter(guide, Float32Array.from(inside), radius, EPSILON)
  return distances.map((distance, at) => {
    if (distance >= band) return 1
    if (distance <= -band) return 0
    const ramp = 0.5 + distance / (2 * band)
    return 0.5 * ramp + 0.5 * Math.max(0, Math.min(1, byColour[at]!))
  })
}

/** Colours near the border and outside are replaced by the nearest of those further inside. */
function cleanColours(
  rgba: Uint8ClampedArray,
  inside: Uint8Array,
  distances: Float32Array,
  size: Size,
  margin: number,
): void {
  // A thin thing has no pixel that deep inside: its middle serves.
  const deepest = distances.reduce((most, distance) => Math.max(most, distance), 0)
  const clean = Math.min(margin, 0.6 * deepest)
  const core = inside.map((flag, at) => (flag === 1 && distances[at]! >= clean ? 1 : 0))
  const nearest = nearestFlagged(core, size)
  const before = rgba.slice()
  nearest.forEach((from, at) => {
    if (core[at] === 1 || from === -1) return
    for (let channel = 0; channel < 4; channel++)
      rgba[4 * at + channel] = before[4 * from + channel]!
  })
}
