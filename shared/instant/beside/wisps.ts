/**
 * Wisps: twigs, hairs and whiskers that a mask leaves of a thing. They are looked for beside it, and go with it as {@link
 * withWisps} says.
 */

import type { Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import type { Pixels } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown, type Outline } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { SHADED, SHADED_COARSE } from './aura.ts'
import { hairsOf } from './hairs.ts'
import type { Flagged, Inside } from './in-small.ts'
import { twigsOf } from './twigs.ts'

/** Gaps of up to twice this are of a lock of hair, in pixels of a photo of a million, as all lengths. */
const CLOSED = 3
/** So near the thing, and so far along its border from a wisp, what the mask has left may be the thing's. */
const NEAR = 5
const ALONG = 8
/** What is so near the frame may be the photo's border, or go on beyond it: it stays. */
const FRAME = 4
/** So much around wisps tells what lies behind them. */
const ROOM = 14

/** Where wisps may be, in a rectangle with ground around them. */
export type Wisps = Flagged & {
  /** 1 for what is no ground of theirs: the thing, others, what stays, and the photo's border. */
  readonly others: Uint8Array
}

/**
 * What is narrow beside a thing; null if there is nothing.
 *
 * @param outline what is cut out of it; the rest of `thing` is left where nothing takes it along
 * @param aura of the thing: what is narrow in its soft shadow is the shadow's edge, and torn out it would leave notches
 */
export function wispsOf(
  photo: Pixels,
  thing: Inside,
  outline: Outline,
  aura: Flagged,
): Wisps | null {
  const { width, height } = photo
  const scale = scaleOf(photo)
  const found = new Uint8Array(width * height)
  for (const { flags, ...part } of [twigsOf(photo, thing), hairsOf(photo, thing)])
    for (let at = flags.indexOf(1); at !== -1; at = flags.indexOf(1, at + 1)) {
      const [x, y] = [part.left + (at % part.width), part.top + Math.floor(at / part.width)]
      if (!thing.stays(x, y) && !isSoftShadow(aura, x, y)) found[y * width + x] = 1
    }
  const around = boxOf(found, photo)
  if (around === null) return null
  const box = grown(around, Math.round(ROOM * scale), photo)
  const inside = cropped(thing.inside, photo, box, 1)
  const narrow = cropped(found, photo, box, 1)
  const own = new Uint8Array(inside.length)
  for (let y = 0, at = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++, at++) {
      const [col, row] = [box.left + x - outline.left, box.top + y - outline.top]
      if (col < 0 || row < 0 || col >= outline.width || row >= outline.height) continue
      own[at] = outline.inside[row * outline.width + col]!
    }
  const flags = joined(narrow, inside, own, box, scale)
  const others = new Uint8Array(flags.length)
  const frame = Math.ceil(FRAME * scale)
  for (let y = 0, at = 0; y < box.height; y++)
    for (let x = 0; x < box.width; x++, at++) {
      const [u, v] = [box.left + x, box.top + y]
      const isAtFrame = Math.min(u, v, width - 1 - u, height - 1 - v) < frame
      const stays = isAtFrame || thing.stays(u, v)
      if (stays || inside[at] === 1) others[at] = 1
      const isShadow = narrow[at] === 0 && isSoftShadow(aura, u, v)
      if (stays || own[at] === 1 || isShadow) flags[at] = 0
    }
  return { ...box, flags, others }
}

/** Closes the gaps of wisps, and those along the thing's border: what is not its own there differs little from the ground. */
function joined(
  narrow: Uint8Array,
  inside: Uint8Array,
  own: Uint8Array,
  size: Size,
  scale: number,
): Uint8Array {
  const gap = Math.round(CLOSED * scale)
  const both = narrow.map((flag, at) => flag | inside[at]!)
  const open = dilated(both, size, gap).map((flag) => 1 - flag)
  const closed = dilated(open, size, gap)
  const along = dilated(narrow, size, Math.round(ALONG * scale))
  const near = dilated(own, size, Math.round(NEAR * scale))
  return closed.map((isOpen, at) => ((1 - isOpen) & (1 - inside[at]!)) | (along[at]! & near[at]!))
}

function isSoftShadow({ left, top, width, height, flags }: Flagged, x: number, y: number): boolean {
  const [col, row] = [x - left, y - top]
  if (col < 0 || row < 0 || col >= width || row >= height) return false
  const flag = flags[row * width + col]
  return flag === SHADED || flag === SHADED_COARSE
}
