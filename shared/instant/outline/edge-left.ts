/**
 * What a rim around a thing leaves of its edge: where a mask is a few pixels too tight, or the edge is
 * blurred, the colours beyond the rim are still between those of the thing and those of the ground.
 */

import type { Pixels, Rectangle } from '../../segmentation/lab.ts'
import { scaleOf } from '../scale.ts'
import { nearestFlagged } from './nearest.ts'
import type { Outline } from './outline.ts'

/** The thing's colour is that so far inside its border, the ground's that so far beyond what is looked at. */
const INSIDE = 3
const OUTSIDE = 4
/** Edge is left where a pixel has this part of the way from the ground's colour to the thing's, */
const SHARE = 0.06
/** and is so far off the ground, of 255; on ground with a texture, so many deviations of that. */
const LEAST = 5
const DEVIATIONS = 3
/** The ground's texture is that of so many pixels along each side, so far apart. */
const LOOKED_AT = 5
const APART = 2
/** Around a pixel with edge the pixels up to so far have some, too. */
const SPREAD = 3

type Colour = readonly [red: number, green: number, blue: number]
/** The colours on both sides of a thing's border. */
type Sides = { readonly thing: Colour; readonly mean: Colour; readonly ground: readonly Colour[] }

/**
 * 1 for the pixels at distances above `rim` and up to `most` of a thing that have some of its edge, in the
 * thing's rectangle. Distances are in pixels of the photo.
 */
export function edgeLeft(photo: Pixels, thing: Outline, rim: number, most: number): Uint8Array {
  const { inside, ...part } = thing
  const { width } = part
  const unit = scaleOf(photo)
  const by = Math.max(1, Math.round(SPREAD * unit))
  const nearest = nearestFlagged(inside, part)
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
      x: part.left + (from % width) + (distance * across) / away,
      y: part.top + Math.floor(from / width) + (distance * down) / away,
    })
    let sides = known.get(from)
    if (sides === undefined) {
      const ground = coloursAround(photo, placeAt(most + OUTSIDE * unit), unit)
      const mean = meanOf(ground)
      sides = { thing: colourAt(photo, placeAt(-INSIDE * unit), unit), ground, mean }
      known.set(from, sides)
    }
    if (isBetween(colourAt(photo, placeAt(away), unit), sides)) mark(flags, part, at, by)
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
  return along(colour) > Math.max(SHARE * length, LEAST, DEVIATIONS * deviation)
}

type Place = { readonly x: number; readonly y: number }

function coloursAround(photo: Pixels, { x, y }: Place, unit: number): Colour[] {
  const middle = (LOOKED_AT - 1) / 2
  return Array.from({ length: LOOKED_AT ** 2 }, (_, i) => {
    const [across, down] = [(i % LOOKED_AT) - middle, Math.floor(i / LOOKED_AT) - middle]
    return colourAt(photo, { x: x + across * APART * unit, y: y + down * APART * unit }, unit)
  })
}

/** The mean of three by three pixels. */
function colourAt({ width, height, data }: Pixels, { x, y }: Place, unit: number): Colour {
  const step = Math.max(1, Math.round(unit))
  let [red, green, blue] = [0, 0, 0]
  for (let v = -step; v <= step; v += step)
    for (let u = -step; u <= step; u += step) {
      const col = Math.min(width - 1, Math.max(0, Math.floor(x) + u))
      const row = Math.min(height - 1, Math.max(0, Math.floor(y) + v))
      const at = 4 * (row * width + col)
      red += data[at]!
      green += data[at + 1]!
      blue += data[at + 2]!
    }
  return [red / 9, green / 9, blue / 9]
}

function meanOf(colours: readonly Colour[]): Colour {
  const mean = (i: 0 | 1 | 2) => colours.reduce((sum, one) => sum + one[i], 0) / colours.length
  return [mean(0), mean(1), mean(2)]
}

function mark(flags: Uint8Array, { width, height }: Rectangle, at: number, by: number): void {
  const [col, row] = [at % width, Math.floor(at / width)]
  for (let y = Math.max(0, row - by); y <= Math.min(height - 1, row + by); y++)
    flags.fill(1, y * width + Math.max(0, col - by), y * width + Math.min(width, col + by + 1))
}
