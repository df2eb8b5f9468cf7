/** What leaves its place with a thing: its own pixels, what else its mask covers, and what the mask has left. */

import type { Size } from '../../drag.ts'
import type { Pixels, Rectangle } from '../../segmentation/lab.ts'
import { boxOf, cropped, grown, type Outline, pasted } from '../box.ts'
import { scaleOf } from '../scale.ts'
import { type Beside, JOINS, remainsOf } from './remains.ts'

/** Room for a soft edge and a rim, in pixels of a photo of a million. */
const ROOM = 12

/** What moves, and what of the photo leaves its place with it. */
export type Leaving = { readonly outline: Outline; readonly gone: Outline }

/**
 * Without remains: the thing moves, and whatever the mask covers goes, too: it may be its shadow.
 *
 * @param owned 1 for the mask's pixels, in the whole photo
 */
export function leaving(photo: Size, owned: Uint8Array, outline: Outline): Leaving {
  const inside = cropped(owned, photo, outline, 1)
  outline.inside.forEach((flag, at) => {
    if (flag === 1) inside[at] = 1
  })
  return { outline, gone: { ...outline, inside } }
}

/**
 * The same with what the mask has left: as a part of the thing if it looks like it.
 */
export function withRemains(photo: Pixels, { outline, gone }: Leaving, beside: Beside): Leaving {
  const whole = new Uint8Array(photo.width * photo.height)
  pasted(gone.inside, whole, photo, gone, 1)
  const box = boxOf(whole, photo)
  const remains = box === null ? null : remainsOf(photo, whole, box, beside)
  if (remains === null) return { outline, gone }
  const { flags } = remains
  const joining = flags.map((flag) => (flag === JOINS ? 1 : 0))
  const going = flags.map((flag) => (flag === 0 ? 0 : 1))
  return {
    outline: joined(photo, outline, remains, joining),
    gone: joined(photo, gone, remains, going),
  }
}

/** A thing with more pixels, in a rectangle that has room for its edge. */
function joined(photo: Size, thing: Outline, part: Rectangle, more: Uint8Array): Outline {
  const added = boxOf(more, part)
  if (added === null) return thing
  const { width, height } = photo
  const whole = new Uint8Array(width * height)
  pasted(more, whole, photo, part, 1)
  for (let row = 0, at = 0; row < thing.height; row++)
    for (let col = 0; col < thing.width; col++, at++)
      if (thing.inside[at] === 1) whole[(thing.top + row) * width + thing.left + col] = 1
  const place = { ...added, left: part.left + added.left, top: part.top + added.top }
  const around = union(thing, grown(place, Math.round(ROOM * scaleOf(photo)), photo))
  return { ...around, inside: cropped(whole, photo, around, 1) }
}

function union(one: Rectangle, other: Rectangle): Rectangle {
  const left = Math.min(one.left, other.left)
  const top = Math.min(one.top, other.top)
  return {
    left,
    top,
    width: Math.max(one.left + one.width, other.left + other.width) - left,
    height: Math.max(one.top + one.height, other.top + other.height) - top,
  }
}
