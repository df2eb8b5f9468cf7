/**
 * What a mask has left of a thing beside it: tips of legs, twigs in its claws, knobs. They touch the
 * thing, end close to it, and edges all around part them from everything further out.
 */

import { maskAt } from '../../mask.ts'
import { type LabImage, labImage, type Pixels, type Rectangle } from '../../segmentation/lab.ts'
import { cropped, grown } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { barriers, OPEN, SEED, WALL } from './barrier.ts'
import { distancesTo } from './distances.ts'
import { forEachPart } from './islands.ts'
import { nearestFlagged } from './nearest.ts'

/**
 * Remains end this close to the thing, in pixels of a photo of a million, as all lengths; to a large thing,
 * of which masks leave more, as close as this part of its size, the root of its area, but never further.
 */
const REACH = 30
const OF_SIZE = 0.4
const MOST_REACH = 75
/** What is apart up to so close to that may only be so because it is looked at no further. */
const END = 1.5
/** So close to the thing everything is filled anyway, and mixed colours say nothing. */
const RIM = 4
/** Parts that reach no further are what the rim has left of some edge. */
const BEYOND = 8
/** Least range of colour on every way to remains from further out, in Lab. */
const BARRIER = 16
/** Colours within this are alike, in Lab. */
const ALIKE = 10
/**
 * At most so much of what is further out is like remains. They join the thing if so much of it is, and
 * so many times more than of what is further out.
 */
const COMMON = 0.03
const OWN = 0.02
const MORE = 3
/** Among so many other pixels that are apart nothing stands out: the background is in pieces itself. */
const PIECES = 0.15
/** Fewer pixels in all are not worth another filling. */
const LEAST = 20
/** Most pixels of remains, by the thing's; and the most of their border that the thing has. */
const MOST = 0.04
const BESIDE = 0.6
/** Along so much of their border the same colour may go on, looked for so far on either side. */
const GOES_ON = 0.1
const ACROSS = 3
/** So far from them other pixels are compared with them; and so much further than they may end is looked. */
const FAR = 45
const FURTHER = 15
/** So many of their pixels are compared with others, one in every few pixels each way. */
const SAMPLES = 30
const STRIDE = 3

/** The photo is looked at in this size, about: the square root of its pixels. */
const SIDE = 500

/** Flags of remains: what belongs to the thing, and what only goes away with it. */
export const JOINS = 1
export const GOES = 2

/** Remains in a rectangle of the photo: {@link JOINS}, {@link GOES} or 0, by pixel. */
export type Remains = Rectangle & { readonly flags: Uint8Array }

/** What is known of a photo's pixels beside a thing. */
export type Beside = {
  /** Whether it is known to belong to something else. */
  readonly stays: (x: number, y: number) => boolean
  /** How far the thing goes there, in pixels. */
  readonly way: (x: number, y: number) => number
}

/** The pixels around a thing. */
type Surroundings = {
  readonly image: LabImage
  /** 1 for the thing. */
  readonly thing: Uint8Array
  /** By pixel: distance to the thing, 0 on it, in pixels of a photo of a million. */
  readonly away: Float32Array
  /** Pixels per pixel of a photo of a million. */
  readonly unit: number
  /** How close to the thing remains end. */
  readonly reach: number
}

/**
 * @param inside 1 for the thing's pixels and what goes away with it, in the whole photo
 * @param box the rectangle around them
 * @returns null if there are none
 */
export function remainsOf(
  photo: Pixels,
  inside: Uint8Array,
  box: Rectangle,
  { stays, way }: Beside,
): Remains | null {
  const scale = scaleOf(photo)
  const shrunk = Math.max(1, Math.sqrt(photo.width * photo.height) / SIDE)
  const area = inside.reduce((count, flag) => count + flag, 0)
  const reach = Math.min(MOST_REACH, Math.max(REACH, (OF_SIZE * Math.sqrt(area)) / scale))
  const room = grown(box, Math.round((reach + FURTHER) * scale), photo)
  const image = labImage(photo, room, Math.round(Math.max(room.width, room.height) / shrunk))
  const unit = scale / shrunk
  const { width, height } = room
  const thing = maskAt({ width, height, data: cropped(inside, photo, room, 1) }, image).data
  const around = {
    image,
    thing,
    away: distancesTo(nearestFlagged(thing, image), image, unit),
    unit,
    reach,
  }
  const inPhoto = (at: number) => {
    const [col, row] = [at % image.width, Math.floor(at / image.width)]
    const x = room.left + Math.floor(((col + 0.5) * width) / image.width)
    return [x, room.top + Math.floor(((row + 0.5) * height) / image.height)] as const
  }
  // What the frame cuts may go on beyond it.
  const edge = Math.ceil(shrunk)
  const atFrame = (x: number, y: number) =>
    Math.min(x, y, photo.width - 1 - x, photo.height - 1 - y) < edge
  const apart = apartFrom(around, (at) => {
    const [x, y] = inPhoto(at)
    return atFrame(x, y) || stays(x, y)
  })
  const found = partsOf(around, apart, (at) => way(...inPhoto(at)) >= reach * scale)
  if (found === null) return null
  const small = { width: image.width, height: image.height, data: found }
  const { data: flags } = maskAt(small, room)
  flags.forEach((flag, at) => {
    if (flag === 0) return
    if (stays(room.left + (at % width), room.top + Math.floor(at / width))) flags[at] = 0
  })
  return { ...room, flags }
}

/** 1 for the pixels near the thing that an edge parts from everything further out. */
function apartFrom(
  { image, thing, away, reach }: Surroundings,
  isOther: (at: number) => boolean,
): Uint8Array {
  const kinds = thing.map((flag, at) => {
    if (flag === 1) return WALL
    return away[at]! > reach || isOther(at) ? SEED : OPEN
  })
  const apart = new Uint8Array(thing.length)
  barriers(image, kinds).forEach((range, at) => {
    if (range > BARRIER && range !== Number.POSITIVE_INFINITY) apart[at] = 1
  })
  return apart
}

/**
 * Of the pixels that are apart, the parts that are remains; null if none is.
 *
 * @param leaves whether the thing goes away from a pixel altogether: what is not of its colours would
 * otherwise be seen to vanish beside it
 */
function partsOf(
  around: Surroundings,
  apart: Uint8Array,
  leaves: (at: number) => boolean,
): Uint8Array | null {
  const { image, thing, away, unit, reach } = around
  const most = MOST * thing.reduce((count, flag) => count + flag, 0)
  const found = new Uint8Array(apart.length)
  let sum = 0
  const beyond = apart.map((flag, at) => (away[at]! > RIM ? flag : 0))
  forEachPart(beyond, 1, image, (part) => {
    if (part.length > most || !part.some((at) => away[at]! < RIM + 1.5 / unit)) return
    if (part.some((at) => away[at]! > reach - END) || !part.some((at) => away[at]! > BEYOND)) return
    if (!isClosed(around, beyond, part)) return
    const { own, common, pieces } = likenessOf(around, beyond, part)
    if (common > COMMON || pieces > PIECES) return
    const joins = own > OWN && own > MORE * common
    if (!joins && !part.every(leaves)) return
    sum += part.length
    for (const at of part) found[at] = joins ? JOINS : GOES
  })
  if (sum < LEAST * unit ** 2) return null
  // Between them and the thing.
  const nearest = nearestFlagged(found, image)
  const joined = found.slice()
  for (let at = 0; at < apart.length; at++) {
    if (apart[at] === 0 || away[at]! > RIM) continue
    const from = nearest[at]!
    const across = (at % image.width) - (from % image.width)
    const down = Math.floor(at / image.width) - Math.floor(from / image.width)
    if (Math.hypot(across, down) <= RIM * unit + 1) joined[at] = found[from]!
  }
  return joined
}

/** Whether a part stands out from the thing's border, and ends everywhere else. */
function isClosed(
  { image, away, unit }: Surroundings,
  beyond: Uint8Array,
  part: Int32Array,
): boolean {
  const { width, height, l, a, b } = image
  const across = Math.max(2, Math.round(ACROSS * unit))
  let [border, beside, goesOn] = [0, 0, 0]
  for (const at of part) {
    const [x, y] = [at % width, Math.floor(at / width)]
    for (const [dx, dy] of SIDES) {
      if (beyond[at + dy * width + dx] === 1) continue
      border++
      if (away[at + dy * width + dx]! <= RIM) {
        beside++
        continue
      }
      const [u, v] = [x + across * dx, y + across * dy]
      if (u < 0 || v < 0 || u >= width || v >= height) continue
      const [out, back] = [v * width + u, (y - across * dy + dy) * width + x - across * dx + dx]
      const inner = beyond[back] === 1 ? back : at
      const step = Math.hypot(l[out]! - l[inner]!, a[out]! - a[inner]!, b[out]! - b[inner]!)
      if (step < ALIKE) goesOn++
    }
  }
  return beside <= BESIDE * border && goesOn <= GOES_ON * border
}

const SIDES = [
  [-1, 0],
  [1, 0],
  [0, -1],
  [0, 1],
] as const

/**
 * The shares of the thing's pixels near a part, and of those further out, that are like it; and the
 * share of those further out that are apart themselves.
 */
function likenessOf(
  { image, thing, away, unit }: Surroundings,
  beyond: Uint8Array,
  part: Int32Array,
): { readonly own: number; readonly common: number; readonly pieces: number } {
  const { width, height, l, a, b } = image
  const of = new Set(part)
  let [own, ofThing, common, others, pieces] = [0, 0, 0, 0, 0]
  const every = Math.ceil(part.length / SAMPLES)
  const far = Math.round(FAR * unit)
  const stride = Math.max(1, Math.round(STRIDE * unit))
  for (let i = 0; i < part.length; i += every) {
    const at = part[i]!
    const [x, y] = [at % width, Math.floor(at / width)]
    for (let v = Math.max(0, y - far); v < Math.min(height, y + far); v += stride)
      for (let u = Math.max(0, x - far); u < Math.min(width, x + far); u += stride) {
        const other = v * width + u
        if (thing[other] === 0 && (away[other]! <= RIM || of.has(other))) continue
        const isLike =
          Math.hypot(l[at]! - l[other]!, a[at]! - a[other]!, b[at]! - b[other]!) < ALIKE
        if (thing[other] === 1) {
          ofThing++
          if (isLike) own++
        } else {
          others++
          if (beyond[other] === 1) pieces++
          else if (isLike) common++
        }
      }
  }
  return {
    own: own / Math.max(1, ofThing),
    common: common / Math.max(1, others),
    pieces: pieces / Math.max(1, others),
  }
}
