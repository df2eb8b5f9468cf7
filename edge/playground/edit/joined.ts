/**
 * What becomes of drags and parts once an outline is found: a part that a new point brought in, such as the
 * head of a bird, is one with its thing. Pure functions.
 */

import { type Drag, isPin, type Point } from '../../../shared/drag.ts'
import { nearest } from '../../../shared/edit/moves/ends.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'
import { isGround, shared } from '../../../shared/segmentation/things/measures.ts'
import { type Draft, soughtAt, type Thing, thingAt } from './draft.ts'

/** Outlines of what belongs together are at most so far apart, of the longer side. */
const GAP = 1 / 100
/** A drag that begins this near the click that a part was looked for by began there: pixels of the shown copy. */
const CLICK = 1.5

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
  const isClick = ({ x, y }: Point) =>
    click !== undefined && Math.hypot(x - click.x, y - click.y) <= CLICK
  const holding = (thing: Mask) => held(draft.drags, thing, isClick, scale)
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

/**
 * A draft in which a drag that was begun before its thing's outline was found holds the thing's nearest
 * pixel, if nothing else is where it begins.
 *
 * @param sought the thing while it was looked for
 * @param near how far from what selected it a point means it, in pixels of the shown copy
 * @param scale pixels of the masks per pixel of the photo
 */
export function withHeld(draft: Draft, sought: Thing, near: number, scale: number): Draft {
  const mask = draft.things.find(({ id }) => id === sought.id)?.mask ?? null
  if (mask === null) return draft
  const before = draft.things.map((thing) => (thing.id === sought.id ? sought : thing))
  const isMeant = (at: Point) =>
    soughtAt(before, at, near) === sought && thingAt(draft.things, at) === null
  const drags = held(draft.drags, mask, isMeant, scale)
  return drags.every((drag, i) => drag === draft.drags[i]) ? draft : { ...draft, drags }
}

/** Drags that begin where a thing was looked for hold its nearest pixel, and move it as far as the photo goes. */
function held(
  drags: readonly Drag[],
  thing: Mask,
  isMeant: (at: Point) => boolean,
  scale: number,
): Drag[] {
  return drags.map((drag) => {
    const { handle, target } = drag
    const at = { x: handle.x * scale, y: handle.y * scale }
    if (isPin(drag) || isWhite(thing, at) || !isMeant(at)) return drag
    const on = nearest(thing, at)
    if (on === null) return drag
    const moved = { x: on.x / scale, y: on.y / scale }
    const within = (value: number, most: number) => Math.max(0, Math.min(most / scale, value))
    return {
      handle: moved,
      target: {
        x: within(moved.x + target.x - handle.x, thing.width),
        y: within(moved.y + target.y - handle.y, thing.height),
      },
    }
  })
}

function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  return one.map((value, at) => value | (other[at] as number))
}
