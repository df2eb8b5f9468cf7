/**
 * Settles where a thing ends: masks are wider or tighter than the thing by some pixels. Near the
 * mask's border the outline is cut again, by the colours of both sides (as GrabCut does; Rother et
 * al., SIGGRAPH 2004), but by those around each pixel instead of those of the whole thing.
 */

import type { Size } from '../../drag.ts'
import { maskAt } from '../../mask.ts'
import { type BandCut, cutBand } from '../../segmentation/cut-band.ts'
import { type LabImage, labImage, type Pixels, type Rectangle } from '../../segmentation/lab.ts'
import { cropped, grown, type Outline } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { endBeforeFrame } from './before-frame.ts'
import { middleOf, signedDistances } from './distances.ts'
import { closeIslands, dropStray } from './islands.ts'
import { nearestFlagged } from './nearest.ts'
import { joinByNecks, THIN } from './necks.ts'

/** How far the outline may move: about a token. In pixels of a photo of a million, as all lengths. */
const BAND = 14
/** What is nowhere as deep as the band has a middle from this part of its depth on, which stays. */
const MIDDLE = 0.8
/** Colours are compared with those up to so far from the nearest sure pixel. */
const NEARBY = 12
/** Samples of colour on each side. */
const SAMPLES = 40
/** Colours within about this are alike, in Lab. */
const ALIKE = 5
/** Share of unseen colours on either side: it limits the evidence of one pixel. */
const FLOOR = 0.03
/** Weight of the mask against the evidence, and the distance from its border from which on. */
const PRIOR = 0.5
const PRIOR_FROM = 5
/** What a cut costs where it runs, as {@link BandCut} says. */
const SMOOTHNESS = 3
const CONTRAST = 7
const STAY = 0.5
/** Along so much of the border the cut may err; and by so many pixels it may leave the others. */
const FEW = 0.2
const SLACK = 2
/** The colours of both sides are learnt so often. */
const ROUNDS = 2
/** Background that a thing encloses belongs to it, up to this part of the photo. */
const ISLAND = 0.003

/**
 * @param owned 1 for the mask's pixels, in the whole photo
 * @param box the rectangle around them
 * @param taken whether a pixel of the photo belongs to something else on the mask
 * @returns the thing's own pixels in a rectangle that has room for a soft edge
 */
export function settledOutline(
  photo: Pixels,
  owned: Uint8Array,
  box: Rectangle,
  taken: (x: number, y: number) => boolean = () => false,
): Outline {
  const scale = scaleOf(photo)
  const part = grown(box, Math.round((BAND + NEARBY) * scale), photo)
  const drawn = cropped(owned, photo, part, 1)
  closeIslands(drawn, part, ISLAND * photo.width * photo.height)
  const image = labImage(photo, part, Math.round(Math.max(part.width, part.height) / scale))
  const small = maskAt({ width: part.width, height: part.height, data: drawn }, image).data
  const cut = cutNearby(image, small)
  closeIslands(cut, image, (ISLAND * photo.width * photo.height) / scale ** 2)
  const inside = placed(cut, small, image, drawn, part)
  inside.forEach((flag, at) => {
    if (flag === 0 || drawn[at] === 1) return
    if (taken(part.left + (at % part.width), part.top + Math.floor(at / part.width))) inside[at] = 0
  })
  const outline = { ...part, inside }
  endBeforeFrame(photo, outline)
  return outline
}

function cutNearby(image: LabImage, drawn: Uint8Array): Uint8Array {
  const distances = signedDistances(drawn, image)
  const depth = localDepth(distances, image)
  const thin = middleOf(distances, image, THIN, MIDDLE)
  // What is thinner than the band is nowhere as deep: its middle serves, and that of a thin part anywhere.
  const core = drawn.map((_, at) => {
    const distance = distances[at]!
    if (distance < THIN && thin[at] === 1) return 1
    return distance > 0 && distance >= Math.min(BAND, MIDDLE * depth[at]!) ? 1 : 0
  })
  let thing = core
  let rest = flagsOf(drawn.length, (at) => distances[at]! <= -BAND)
  let inside = drawn
  let room = { inwards: BAND, outwards: BAND }
  for (let round = 0; round < ROUNDS; round++) {
    const { inwards, outwards } = room
    const band = flagsOf(drawn.length, (at) => {
      const distance = distances[at]!
      return distance < inwards && distance > -outwards && core[at] === 0
    })
    const evidence = evidenceOf(image, band, thing, rest)
    inside = cutBand({
      image,
      inside: drawn,
      band,
      evidence: (at) =>
        evidence[at]! + PRIOR * Math.max(-1, Math.min(1, distances[at]! / PRIOR_FROM)),
      smoothness: SMOOTHNESS,
      contrast: CONTRAST,
      stay: STAY,
    })
    dropStray(inside, core, image)
    joinByNecks(inside, drawn, distances, image)
    if (round === ROUNDS - 1) break
    const border = signedDistances(inside, image)
    room = roomOf(distances, border)
    thing = inside.map((flag, at) => (flag === 1 && (core[at] === 1 || border[at]! > 3) ? 1 : 0))
    rest = flagsOf(drawn.length, (at) => border[at]! < -3 && core[at] === 0)
  }
  return inside
}

function flagsOf(count: number, on: (at: number) => boolean): Uint8Array {
  const flags = new Uint8Array(count)
  for (let at = 0; at < count; at++) if (on(at)) flags[at] = 1
  return flags
}

/**
 * How far the outline may leave the mask's border: as far as it does along most of it. People draw
 * masks that are wider or tighter all around; a cut that leaves a border only here and there has met
 * a part of the thing in the background's colours.
 *
 * @param distances to the mask's border
 * @param cut distances to the cut's
 */
function roomOf(
  distances: Float32Array,
  cut: Float32Array,
): { readonly inwards: number; readonly outwards: number } {
  const moved = cut.filter((_, at) => Math.abs(distances[at]!) < 1).sort()
  const at = (part: number) => moved[Math.floor(part * moved.length)] ?? 0
  const within = (value: number) => Math.max(SLACK, Math.min(BAND, value + SLACK))
  return { inwards: within(-at(FEW)), outwards: within(at(1 - FEW)) }
}

/** By pixel: the greatest distance to the border around it, in about the band's width. */
function localDepth(distances: Float32Array, { width, height }: Size): Float32Array {
  const cols = Math.ceil(width / BAND)
  const rows = Math.ceil(height / BAND)
  const blockOf = (at: number) =>
    Math.floor(Math.floor(at / width) / BAND) * cols + Math.floor((at % width) / BAND)
  const most = new Float32Array(cols * rows)
  distances.forEach((distance, at) => {
    const block = blockOf(at)
    if (distance > most[block]!) most[block] = distance
  })
  const around = most.map((_, block) => {
    const [col, row] = [block % cols, Math.floor(block / cols)]
    let greatest = 0
    for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
      for (let c = Math.max(0, col - 1); c <= Math.min(cols - 1, col + 1); c++)
        greatest = Math.max(greatest, most[r * cols + c]!)
    return greatest
  })
  return distances.map((_, at) => around[blockOf(at)]!)
}

/** Offsets spread evenly over a disc, the same every time. */
const [ACROSS, DOWN] = [Math.cos, Math.sin].map((part) =>
  Int32Array.from({ length: 2 * SAMPLES }, (_, i) => {
    const radius = NEARBY * Math.sqrt((i + 0.5) / (2 * SAMPLES))
    return Math.round(radius * part(i * Math.PI * (3 - Math.sqrt(5))))
  }),
) as [Int32Array, Int32Array]

/**
 * By pixel of the band: the logarithm of how much likelier its colour is among the thing's near it
 * than among the rest's; 0 where one of them has no pixels.
 */
function evidenceOf(
  image: LabImage,
  band: Uint8Array,
  thing: Uint8Array,
  rest: Uint8Array,
): Float32Array {
  const evidence = new Float32Array(band.length)
  const [nearThing, nearRest] = [nearestFlagged(thing, image), nearestFlagged(rest, image)]
  for (let at = band.indexOf(1); at !== -1; at = band.indexOf(1, at + 1)) {
    if (nearThing[at] === -1 || nearRest[at] === -1) continue
    const own = likeness(image, at, thing, nearThing[at]!)
    const other = likeness(image, at, rest, nearRest[at]!)
    evidence[at] = Math.log((own + FLOOR) / (other + FLOOR))
  }
  return evidence
}

/** Likeness of two colours by their squared distance, as far as it matters. */
const FAR_SQUARED = 300
const LIKENESS = Float64Array.from({ length: FAR_SQUARED }, (_, squared) =>
  Math.exp(-(squared + 0.5) / (2 * ALIKE * ALIKE)),
)

/** The share, 0 to 1, of flagged pixels around `near` whose colour is like that of `at`. */
function likeness(
  { width, height, l, a, b }: LabImage,
  at: number,
  flags: Uint8Array,
  near: number,
): number {
  const x = near % width
  const y = (near - x) / width
  const lightness = l[at]!
  const red = a[at]!
  const yellow = b[at]!
  let sum = 0
  let count = 0
  for (let i = 0; i < 2 * SAMPLES && count < SAMPLES; i++) {
    const col = x + ACROSS[i]!
    const row = y + DOWN[i]!
    if (col < 0 || row < 0 || col >= width || row >= height) continue
    const other = row * width + col
    if (flags[other] !== 1) continue
    const lighter = lightness - l[other]!
    const redder = red - a[other]!
    const yellower = yellow - b[other]!
    const squared = lighter * lighter + redder * redder + yellower * yellower
    if (squared < FAR_SQUARED) sum += LIKENESS[squared | 0]!
    count++
  }
  return sum / Math.max(1, count)
}

/** The cut at the photo's size: where it did not move the outline, that stays exact. */
function placed(
  cut: Uint8Array,
  before: Uint8Array,
  { width, height }: Size,
  drawn: Uint8Array,
  part: Size,
): Uint8Array {
  if (width === part.width && height === part.height) return cut
  const out = drawn.slice()
  for (let y = 0, at = 0; y < part.height; y++) {
    const v = Math.max(0, Math.min(height - 1, ((y + 0.5) * height) / part.height - 0.5))
    const [top, bottom] = [Math.floor(v), Math.min(height - 1, Math.floor(v) + 1)]
    for (let x = 0; x < part.width; x++, at++) {
      const u = Math.max(0, Math.min(width - 1, ((x + 0.5) * width) / part.width - 0.5))
      const [left, right] = [Math.floor(u), Math.min(width - 1, Math.floor(u) + 1)]
      const corners = [
        top * width + left,
        top * width + right,
        bottom * width + left,
        bottom * width + right,
      ]
      if (corners.every((corner) => cut[corner] === before[corner])) continue
      const [a, b, c, d] = corners.map((corner) => cut[corner]!) as [number, number, number, number]
      const upper = a + (u - left) * (b - a)
      const lower = c + (u - left) * (d - c)
      out[at] = upper + (v - top) * (lower - upper) > 0.5 ? 1 : 0
    }
  }
  return out
}
