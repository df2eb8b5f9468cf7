/** The places that things leave: what is filled there, and what is not copied from. */

import type { Size } from '../drag.ts'
import { isOnMask, type Mask, thingOnMask } from '../mask.ts'
import type { Pixels } from '../segmentation/lab.ts'
import { auraOf, DARK, FRINGED } from './beside/aura.ts'
import { edgeLeft } from './beside/edge-left.ts'
import type { Flagged } from './beside/in-small.ts'
import { type Wisps, wispsOf } from './beside/wisps.ts'
import { boxOf, pasted } from './box.ts'
import type { CutOut } from './cut-out.ts'
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

/** What is found beside a thing: its shadow and fringe, and where wisps of it may be. */
export type Surroundings = { readonly aura: Flagged; readonly wisps: Wisps | null }

/**
 * Looks beside a thing, in the photo.
 *
 * @param isKept whether a pixel stays as it is
 * @returns null for a thing that leaves nothing
 */
export function besideOf(
  photo: Pixels,
  { owned, outline, gone }: Thing,
  mask: Mask,
  isKept: (x: number, y: number) => boolean,
): Surroundings | null {
  const inside = new Uint8Array(photo.width * photo.height)
  pasted(gone.inside, inside, photo, gone, 1)
  const box = boxOf(inside, photo)
  if (box === null) return null
  const stays = (x: number, y: number) =>
    isKept(x, y) || (isOnMask(mask, photo, x, y) && owned[y * photo.width + x] === 0)
  const aura = auraOf(photo, { inside, box, stays })
  for (let at = 0; at < aura.flags.length; at++) {
    if (aura.flags[at] === 0) continue
    const [x, y] = [aura.left + (at % aura.width), aura.top + Math.floor(at / aura.width)]
    if (stays(x, y) || inside[y * photo.width + x] === 1) aura.flags[at] = 0
  }
  return { aura, wisps: wispsOf(photo, { inside, box, stays }, outline, aura) }
}

/**
 * Adds what is beside a thing to what is filled: its fringe, its wisps, and its dark shadow.
 *
 * @param beside its `cut` has the wisps that go with it
 * @param shaded becomes SHADED or SHADED_COARSE where the thing casts its soft shadow
 * @param fillsShadows whether dark shadows are filled, too
 */
export function closeBeside(
  photo: Size,
  thing: Thing,
  beside: Surroundings & { readonly cut: CutOut },
  { hole, closed }: Vacated,
  shaded: Uint8Array,
  fillsShadows: boolean,
): void {
  const { aura, wisps, cut } = beside
  const least = RIM_OF_FOUND * scaleOf(photo)
  const close = (x: number, y: number, goesLeast: number) => {
    closed[y * photo.width + x] = 1
    if (goes(thing, x + 0.5, y + 0.5, goesLeast)) hole[y * photo.width + x] = 1
  }
  if (wisps !== null)
    for (let at = wisps.flags.indexOf(1); at !== -1; at = wisps.flags.indexOf(1, at + 1)) {
      const [x, y] = [wisps.left + (at % wisps.width), wisps.top + Math.floor(at / wisps.width)]
      // What is drawn elsewhere is filled here, however short its way.
      const isDrawn = cut.alpha[(y - cut.top) * cut.width + x - cut.left]! > 0
      close(x, y, isDrawn ? 0 : least)
    }
  const { left, top, flags, ...part } = aura
  for (let at = 0; at < flags.length; at++) {
    if (flags[at] === 0) continue
    const [x, y] = [left + (at % part.width), top + Math.floor(at / part.width)]
    if (flags[at] === FRINGED || (flags[at] === DARK && fillsShadows)) close(x, y, least)
    else if (flags[at] !== DARK) shaded[y * photo.width + x] = flags[at]!
  }
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
