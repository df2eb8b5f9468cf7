/** Parts that a new point brings into the selected thing, such as the head of a bird. Pure functions. */

import { type Drag, isPin, type Point } from '../../../shared/drag.ts'
import { nearest } from '../../../shared/edit/moves/ends.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'
import { isGround, shared } from '../../../shared/segmentation/things/measures.ts'
import type { Draft, Thing } from './draft.ts'

/** Outlines of what belongs together are at most so far apart, of the longer side. */
const GAP = 1 / 100

/**
 * A draft in which a part is one thing with the thing that it joins. Where they do not touch, they stay
 * two. Ground is no part: who takes a point beside a thing means the thing, and holds its nearest pixel.
 *
 * @param id of the part
 * @param scale pixels of the masks per pixel of the photo
 */
export function joined(draft: Draft, id: number, scale: number): Draft {
  const part = draft.things.find((thing) => thing.id === id)
  if (part?.joins === undefined) return draft
  const { joins, ...alone } = part
  const whole = draft.things.find((thing) => thing.id === joins)
  const replaced = (one: Thing, by: readonly Thing[]) =>
    draft.things.flatMap((thing) => (thing === one ? by : [thing]))
  const apart = { ...draft, things: replaced(part, [alone]) }
  if (!whole?.mask || !part.mask) return apart
  const [click] = part.add.flatMap(({ points }) => points)
  const holding = (thing: Mask) => held(draft.drags, thing, click, scale)
  if (isGround(part.mask))
    return { ...draft, things: replaced(part, []), drags: holding(whole.mask) }
  if (!touch(whole.mask, part.mask)) return apart
  const mask = { ...whole.mask, data: union(whole.mask.data, part.mask.data) }
  const { given: _, candidates: __, ...rest } = whole
  const things = replaced(part, []).map((thing) => (thing === whole ? { ...rest, mask } : thing))
  return { ...draft, things, drags: holding(mask) }
}

function touch(one: Mask, other: Mask): boolean {
  const by = Math.max(1, Math.round(GAP * Math.max(one.width, one.height)))
  return shared({ data: dilated(one.data, one, by) }, other) > 0
}

/** The drag that begins where a part was looked for holds the nearest pixel of its thing, and moves it as far. */
function held(drags: readonly Drag[], thing: Mask, click: Point | undefined, scale: number) {
  return drags.map((drag) => {
    const { handle, target } = drag
    const at = { x: handle.x * scale, y: handle.y * scale }
    if (click === undefined || isPin(drag) || isWhite(thing, at)) return drag
    if (Math.hypot(at.x - click.x, at.y - click.y) > 1.5) return drag
    const on = nearest(thing, at)
    if (on === null) return drag
    const by = { x: target.x - handle.x, y: target.y - handle.y }
    const moved = { x: on.x / scale, y: on.y / scale }
    return { handle: moved, target: { x: moved.x + by.x, y: moved.y + by.y } }
  })
}

function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((value, at) => value | (other[at] as number))
}
