/**
 * What a rim around a thing leaves of its edge: where a mask is a few pixels too tight, or the edge is
 * blurred, the colours beyond the rim are still between those of the thing and those of the ground.
 */

import { maskAt } from '../../mask.ts'
import { type LabImage, labImage, type Pixels } from '../../segmentation/lab.ts'
import type { Outline } from '../box.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'

/** The thing's colour is that so far inside its border, the ground's that so far beyond what is looked at. */
const INSIDE = 3
const OUTSIDE = 4
/** Edge is left where a pixel has this part of the way from the ground's colour to the thing's, */
const SHARE = 0.06
/** and is so far off the ground in Lab; on ground with a texture, so many deviations of that. */
const LEAST = 2
const DEVIATIONS = 3
/** It is off the ground in that direction: the cosine of the angle between. */
const TOWARDS = 0.8
/** The ground's texture is that of so many pixels along each side, so far apart. */
const LOOKED_AT = 5
const APART = 2
/** Around a pixel with edge the pixels up to so far have some, too. */
const SPREAD = 3

type Colour = readonly [l: number, a: number, b: number]
/** The colours on both sides of a thing's border. */
type Sides = { readonly thing: Colour; readonly mean: Colour; readonly ground: readonly Colour[] }

/**
 * 1 for the pixels at distances above `rim` and up to `most` of a thing that have some of its edge, in the
 * thing's rectangle.
 *
 * @param rim in pixels of a photo of a million, as `most`: a larger one is looked at in that size
 */
export function edgeLeft(photo: Pixels, thing: Outline, rim: number, most: number): Uint8Array {
  const { inside, ...part } = thing
  const longer = Math.max(part.width, part.height)
  const image = labImage(photo, part, Math.round(longer / scaleOf(photo)))
  const small = maskAt({ width: part.width, height: part.height, data: inside }, image).data
  const { width, height } = image
  return maskAt({ width, height, data: edgeIn(image, small, rim, most) }, part).data
}

function edgeIn(image: LabImage, inside: Uint8Array, rim: number, most: number): Uint8Array {
  const { width } = image
  const nearest = nearestFlagged(inside, image)
  const flags = new Uint8Array(inside.length)
  const known = new Map<number, Sides>()
  const wayOf = (at: number): readonly [across: number, down: number] => {
    const from = nearest[at]!
    return [(at % width) - (from % width), Math.floor(at / width) - Math.floor(from / width)]
  }
  for (let at = 0; at < flags.length; at++) {
    const from = nearest[at]!
    if (from === -1 || from === at) continue
    const [across, down] = wayOf(at)
    const away = Math.hypot(across, down)
    if (away <= rim || away > most) continue
    const placeAt = (distance: number) => ({
      x: (from % width) + Math.round((distance * across) / away),
      y: Math.floor(from / width) + Math.round((distance * down) / away),
    })
    let sides = known.get(from)
    if (sides === undefined) {
      const ground = coloursAround(image, placeAt(most + OUTSIDE))
      sides = { thing: colourAt(image, placeAt(-INSIDE)), ground, mean: meanOf(ground) }
      known.set(from, sides)
    }
    if (isBetween(colourAt(image, placeAt(away)), sides)) mark(flags, image, at)
  }
  for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
    const away = Math.hypot(...wayOf(at))
    if (away <= rim || away > most) flags[at] = 0
  }
  return flags
}

/** Whether a colour is on the way from the ground's to the thing's. */
function isBetween(colour: Colour, { thing, ground, mean }: Sides): boolean {
  const way = thing.map((value, i) => value - mean[i]!)
  const length = Math.hypot(...way)
  if (length === 0) return false
  const along = (one: Colour) =>
    one.reduce((sum, value, i) => sum + (value - mean[i]!) * way[i]!, 0) / length
  const squares = ground.reduce((sum, one) => sum + along(one) ** 2, 0)
  const deviation = Math.sqrt(squares / ground.length)
  const off = Math.hypot(...colour.map((value, i) => value - mean[i]!))
  const own = along(colour)
  return own > Math.max(SHARE * length, LEAST, DEVIATIONS * deviation) && own >= TOWARDS * off
}

type Place = { readonly x: number; readonly y: number }

function coloursAround(image: LabImage, { x, y }: Place): Colour[] {
  const middle = (LOOKED_AT - 1) / 2
  return Array.from({ length: LOOKED_AT ** 2 }, (_, i) => {
    const [across, down] = [(i % LOOKED_AT) - middle, Math.floor(i / LOOKED_AT) - middle]
    return colourAt(image, { x: x + across * APART, y: y + down * APART })
  })
}

/** The mean of three by three pixels. */
function colourAt({ width, height, l, a, b }: LabImage, { x, y }: Place): Colour {
  let [lightness, red, yellow] = [0, 0, 0]
  for (let v = y - 1; v <= y + 1; v++)
    for (let u = x - 1; u <= x + 1; u++) {
      const at = Math.min(height - 1, Math.max(0, v)) * width + Math.min(width - 1, Math.max(0, u))
      lightness += l[at]!
      red += a[at]!
      yellow += b[at]!
    }
  return [lightness / 9, red / 9, yellow / 9]
}

function meanOf(colours: readonly Colour[]): Colour {
  const mean = (i: 0 | 1 | 2) => colours.reduce((sum, one) => sum + one[i], 0) / colours.length
  return [mean(0), mean(1), mean(2)]
}

function mark(flags: Uint8Array, { width, height }: LabImage, at: number): void {
  const [col, row] = [at % width, Math.floor(at / width)]
  for (let y = Math.max(0, row - SPREAD); y <= Math.min(height - 1, row + SPREAD); y++)
    flags.fill(
      1,
      y * width + Math.max(0, col - SPREAD),
      y * width + Math.min(width, col + SPREAD + 1),
    )
}
