/** The places that things leave: what is filled there, and what is not copied from. */

import type { Size } from '../drag.ts'
import { isOnMask, type Mask, thingOnMask } from '../mask.ts'
import type { Pixels } from '../segmentation/lab.ts'
import { auraOf, DARK, FRINGED, SHADED, SHADED_COARSE } from './beside/aura.ts'
import { edgeLeft } from './beside/edge-left.ts'
import { hairsOf } from './beside/hairs.ts'
import type { Flagged } from './beside/in-small.ts'
import { twigsOf } from './beside/twigs.ts'
import { boxOf, pasted } from './box.ts'
import { displacementAt } from './motion/displace.ts'
import { nearestFlagged } from './outline/nearest.ts'
import { scaleOf } from './scale.ts'
import type { Thing } from './things.ts'

/**
 * The vacated place is filled this much further out, in pixels of a photo of a million; further where the
 * mask was found, because it leaves hairs and blurred edges outside, whose colours would run into the fill.
 */
const RIM = 4
const RIM_OF_FOUND = 8

/** By pixel of the photo: 1 where it is filled, and where it is not copied from. */
export type Vacated = { readonly hole: Uint8Array; readonly closed: Uint8Array }

/**
 * The pixels to fill: those of the moving things and a rim around them, where something moves away,
 * also where something lands on them: the old colours there are not what lies beside. `closed` are
 * those and everything that moves.
 *
 * @param isFound whether the mask was found, not drawn
 */
export function vacated(
  photo: Pixels,
  things: readonly Thing[],
  mask: Mask,
  isFound: boolean,
): Vacated {
  const { width, height } = photo
  const hole = new Uint8Array(width * height)
  const closed = new Uint8Array(width * height)
  const rim = Math.round((isFound ? RIM_OF_FOUND : RIM) * scaleOf(photo))
  for (const thing of things) {
    const { owned, gone: part } = thing
    const nearest = nearestFlagged(part.inside, part)
    const left = isFound ? null : edgeLeft(photo, thing.outline, RIM, RIM_OF_FOUND)
    for (let row = 0; row < part.height; row++)
      for (let col = 0; col < part.width; col++) {
        const from = nearest[row * part.width + col]!
        const across = col - (from % part.width)
        const down = row - Math.floor(from / part.width)
        const isRim = across * across + down * down <= rim * rim
        if (!isRim && left?.[row * part.width + col] !== 1) continue
        const [x, y] = [part.left + col, part.top + row]
        // A thing that touches this one does not lose its edge with it.
        if (isOfAnother(mask, photo, x, y, owned)) continue
        closed[y * width + x] = 1
        const rimOnly = from !== row * part.width + col
        if (goes(thing, x + 0.5, y + 0.5, rimOnly ? rim / 2 : 0)) hole[y * width + x] = 1
      }
  }
  return { hole, closed }
}

/**
 * Adds the fringes, twigs and hairs of things to what is filled.
 *
 * @param isKept whether a pixel stays as it is
 * @param fillsShadows whether dark shadows are filled, too
 *
 * @returns SHADED or SHADED_COARSE for the pixels that things cast their shadows on
 */
export function closeAuras(
  photo: Pixels,
  things: readonly Thing[],
  { hole, closed }: Vacated,
  mask: Mask,
  isKept: (x: number, y: number) => boolean,
  fillsShadows: boolean,
): Uint8Array {
  const { width, height } = photo
  const shaded = new Uint8Array(width * height)
  const least = RIM_OF_FOUND * scaleOf(photo)
  for (const thing of things) {
    const { owned, gone } = thing
    const inside = new Uint8Array(width * height)
    pasted(gone.inside, inside, photo, gone, 1)
    const box = boxOf(inside, photo)
    if (box === null) continue
    const stays = (x: number, y: number) =>
      isKept(x, y) || (isOnMask(mask, photo, x, y) && owned[y * width + x] === 0)
    const close = (x: number, y: number) => {
      closed[y * width + x] = 1
      if (goes(thing, x + 0.5, y + 0.5, least)) hole[y * width + x] = 1
    }
    const aura = auraOf(photo, { inside, box, stays })
    for (const { left, top, flags, ...part } of [
      twigsOf(photo, { inside, box, stays }),
      hairsOf(photo, { inside, box, stays }),
    ])
      for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
        const [x, y] = [left + (at % part.width), top + Math.floor(at / part.width)]
        if (!stays(x, y) && !isSoftShadow(aura, x, y)) close(x, y)
      }
    const { left, top, flags, ...part } = aura
    for (let at = 0; at < flags.length; at++) {
      if (flags[at] === 0) continue
      const [x, y] = [left + (at % part.width), top + Math.floor(at / part.width)]
      if (stays(x, y) || inside[y * width + x] === 1) continue
      if (flags[at] === FRINGED || (flags[at] === DARK && fillsShadows)) close(x, y)
      else if (flags[at] !== DARK) shaded[y * width + x] = flags[at]!
    }
  }
  return shaded
}

/** What is narrow in a soft shadow is its edge: torn out, it would leave notches. */
function isSoftShadow({ left, top, width, height, flags }: Flagged, x: number, y: number): boolean {
  const [col, row] = [x - left, y - top]
  if (col < 0 || row < 0 || col >= width || row >= height) return false
  const flag = flags[row * width + col]
  return flag === SHADED || flag === SHADED_COARSE
}

/**
 * Whether a place moves, and by more than so many pixels: near a pin one of the fields may say that
 * nothing does.
 */
export function goes({ forward, reverse }: Thing, x: number, y: number, least = 0): boolean {
  const d = { du: 0, dv: 0 }
  return [forward, reverse].every((field) => {
    displacementAt(field, x, y, d)
    return Math.hypot(d.du, d.dv) > least
  })
}

/** Whether a pixel is of a thing on the mask, but not of those in `owned`. */
function isOfAnother(mask: Mask, photo: Size, x: number, y: number, owned: Uint8Array): boolean {
  if (mask.things === undefined || owned[y * photo.width + x] === 1) return false
  return thingOnMask(mask, photo, x, y) !== 0
}
