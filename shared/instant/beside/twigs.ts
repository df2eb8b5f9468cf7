/**
 * What a mask leaves of a thing that ends in many thin parts: twigs, hairs, ropes. Beside the thing they are
 * narrow, stand out from the ground towards the thing's colours, and further out there are none.
 */

import { dilated } from '../../geometry/dilated.ts'
import type { LabImage, Pixels } from '../../segmentation/lab.ts'
import { distancesTo } from '../outline/distances.ts'
import { boxMean } from '../outline/guided-filter.ts'
import { forEachPart } from '../outline/islands.ts'
import { nearestFlagged } from '../outline/nearest.ts'
import { scaleOf } from '../scale.ts'
import { type Flagged, type Inside, inSmall, type Small } from './in-small.ts'

/** How far twigs reach, in pixels of a photo of a million, as all lengths. */
const REACH = 36
/** The ground is the mean so far around a pixel. */
const AROUND = 8
/** The thing's colour is that so far inside its border. */
const INSIDE = 3
/** A twig has at least this part of the way from the ground's colour to the thing's, and is so far off it in Lab. */
const SHARE = 0.12
const LEAST = 4
/** It is off its ground in that direction: the cosine of the angle between. */
const TOWARDS = 0.8
/** Where more than this part of the ground further out looks like twigs, it is the ground's texture. */
const MOST_OF_GROUND = 0.02
/** So far around is looked for that: further than twigs reach. */
const FURTHER = 46
/** What is wider than twice this and a pixel, and so much around it, is something else. */
const HALF = 2
const MARGIN = 4
/** It grows from the thing: it comes so near to it. */
const GROWS = 6
/** Pixels so near a twig have some of it. */
const SPREAD = 2

/** 1 for twigs. They are looked for in a picture of a million pixels or less. */
export function twigsOf(photo: Pixels, thing: Inside): Flagged {
  const scale = scaleOf(photo)
  return inSmall(photo, thing, 2 * REACH * scale, scale, twigsIn)
}

function twigsIn({ image, thing, blocked }: Small): Uint8Array {
  const { width, height } = image
  const nearest = nearestFlagged(thing, image)
  const away = distancesTo(nearest, image)
  const ground = groundOf(image, thing)
  const alike = new Float32Array(thing.length)
  for (let at = 0; at < thing.length; at++) {
    if (blocked[at] === 1 || away[at]! > 2 * REACH) continue
    const [col, row, from] = [at % width, Math.floor(at / width), nearest[at]!]
    const [x, y] = [from % width, Math.floor(from / width)]
    const u = Math.round(x - (INSIDE * (col - x)) / away[at]!)
    const v = Math.round(y - (INSIDE * (row - y)) / away[at]!)
    const own = Math.max(0, Math.min(height - 1, v)) * width + Math.max(0, Math.min(width - 1, u))
    if (standsOut(image, at, own, ground)) alike[at] = 1
  }
  const isFar = away.map((distance) => (distance > REACH ? 1 : 0))
  const texture = boxMean(
    alike.map((flag, at) => flag * isFar[at]!),
    image,
    FURTHER,
  )
  const far = boxMean(isFar, image, FURTHER)
  const middles = boxMean(alike, image, HALF).map((share) => (share > 0.99 ? 1 : 0))
  const wide = dilated(Uint8Array.from(middles), image, HALF + MARGIN)
  const flags = new Uint8Array(thing.length)
  for (let at = 0; at < thing.length; at++) {
    if (alike[at] === 0 || isFar[at] === 1 || wide[at] === 1) continue
    if (texture[at]! > MOST_OF_GROUND * far[at]!) continue
    const [x, y] = [at % width, Math.floor(at / width)]
    const [left, right] = [Math.max(0, x - SPREAD), Math.min(width, x + SPREAD + 1)]
    for (let v = Math.max(0, y - SPREAD); v <= Math.min(height - 1, y + SPREAD); v++)
      flags.fill(1, v * width + left, v * width + right)
  }
  forEachPart(flags, 1, image, (twig) => {
    if (!twig.some((at) => away[at]! <= GROWS)) for (const at of twig) flags[at] = 0
  })
  return flags
}

type Ground = Pick<LabImage, 'l' | 'a' | 'b'>

/** The mean colours of what is around each pixel and not of the thing. */
function groundOf(image: LabImage, thing: Uint8Array): Ground {
  const count = boxMean(
    Float32Array.from(thing, (flag) => 1 - flag),
    image,
    AROUND,
  )
  const mean = (plane: Float32Array) => {
    const shown = plane.map((value, at) => (thing[at] === 1 ? 0 : value))
    return boxMean(shown, image, AROUND).map((sum, at) => sum / Math.max(1e-6, count[at]!))
  }
  return { l: mean(image.l), a: mean(image.a), b: mean(image.b) }
}

/** Whether a pixel's colour is off its ground's, towards that of another pixel. */
function standsOut({ l, a, b }: LabImage, at: number, other: number, ground: Ground): boolean {
  const [lightness, red, yellow] = [ground.l[at]!, ground.a[at]!, ground.b[at]!]
  const lighter = l[other]! - lightness
  const redder = a[other]! - red
  const yellower = b[other]! - yellow
  const length = Math.sqrt(lighter * lighter + redder * redder + yellower * yellower)
  const [offL, offA, offB] = [l[at]! - lightness, a[at]! - red, b[at]! - yellow]
  const along = (lighter * offL + redder * offA + yellower * offB) / Math.max(1e-6, length)
  const off = Math.sqrt(offL * offL + offA * offA + offB * offB)
  return along > Math.max(LEAST, SHARE * length) && along >= TOWARDS * off
}
