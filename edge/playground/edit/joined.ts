/** Parts that a new point brings into the selected thing, such as the head of a bird. Pure functions. */

import { type Drag, isPin } from '../../../shared/drag.ts'
import { nearest } from '../../../shared/edit/moves/ends.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'
import { isGround, shared } from '../../../shared/segmentation/things/measures.ts'
import type { Draft } from './draft.ts'

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
  const others = draft.things.filter((thing) => thing !== part)
  if (!whole?.mask || !part.mask)
    return { ...draft, things: draft.things.map((thing) => (thing === part ? alone : thing)) }
  if (isGround(part.mask))
    return { ...draft, things: others, drags: onto(whole.mask, part.mask, draft.drags, scale) }
  if (!touch(whole.mask, part.mask))
    return { ...draft, things: draft.things.map((thing) => (thing === part ? alone : thing)) }
  const mask = { ...whole.mask, data: union(whole.mask.data, part.mask.data) }
  const { given: _, candidates: __, ...rest } = whole
  return {
    ...draft,
    things: others.map((thing) => (thing === whole ? { ...rest, mask } : thing)),
  }
}

function touch(one: Mask, other: Mask): boolean {
  const by = Math.max(1, Math.round(GAP * Math.max(one.width, one.height)))
  return shared({ data: dilated(one.data, one, by) }, other) > 0
}

/** Drags on ground hold the nearest pixel of a thing, and move it as far. */
function onto(thing: Mask, ground: Mask, drags: readonly Drag[], scale: number): Drag[] {
  return drags.map((drag) => {
    const { handle, target } = drag
    const at = { x: handle.x * scale, y: handle.y * scale }
    const on = isWhite(ground, at) && !isWhite(thing, at) ? nearest(thing, at) : null
    if (on === null || isPin(drag)) return drag
    const moved = { x: on.x / scale, y: on.y / scale }
    const by = { x: target.x - handle.x, y: target.y - handle.y }
    return { handle: moved, target: { x: moved.x + by.x, y: moved.y + by.y } }
  })
}

function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((value, at) => value | (other[at] as number))
}
