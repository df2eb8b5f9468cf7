/**
 * Fields of a thing that would be moved across the edge of what may change: its front is pressed together
 * before the edge, and not cut off there. Positions are in pixels of the photo.
 */

import { type Drag, isPin, type Point, type Size } from '../../drag.ts'
import { between, evenly } from './fading.ts'
import type { PartFields } from './part-fields.ts'
import { type PixelField, pixelDisplacement } from './pixel-field.ts'

/** A way of a thing's border that crosses the edge. */
type Crossing = {
  /** Where it does. */
  readonly edge: Point
  /** The direction, of length 1. */
  readonly along: Point
  /** The whole way; how much of it lies before the edge, and how much beyond. */
  readonly length: number
  readonly before: number
  readonly beyond: number
  /** How much room there is before the edge for what is pressed together. */
  readonly room: number
}

/** What lands closer to the edge than this crosses it, too: outlines are a little wider than masks. */
const MARGIN = 2
/** Most places of the border whose ways are followed, and most crossings that are kept. */
const MAX_PLACES = 2000
const MAX_CROSSINGS = 200
/** What is pressed into less than this part of what lies beyond is cut off instead. */
const LEAST_ROOM = 1 / 3
/** What is this many times as far to the side of a crossing as that goes too far is not pressed. */
const WIDE = 2
const LEAST_WIDTH = 8
/** A way back misses a place from so far off; so many more of the places may be missed. */
const FAR = 3
const MOST_MISSED = 0.02
/** Lines of the grid of weights along the longer side. */
const LINES = 256

/**
 * @param border places along the thing's border
 * @param inside places all over the thing
 * @param mayChange whether a place may change
 */
export function pressedFields(
  photo: Size,
  { border, inside }: Readonly<Record<'border' | 'inside', readonly Point[]>>,
  drags: readonly Drag[],
  mayChange: (at: Point) => boolean,
  { forward, reverse }: PartFields,
): PartFields {
  const moving = drags.filter((drag) => !isPin(drag))
  // What a drag takes across the edge on purpose is cut off.
  if (!moving.every(({ target }) => mayChange(target))) return { forward, reverse }
  const all = evenly(border, MAX_PLACES).flatMap(
    (place) => crossingOf(place, moving, mayChange, forward) ?? [],
  )
  const crossings = evenly(all, MAX_CROSSINGS)
  if (crossings.length === 0) return { forward, reverse }
  const pressed = {
    forward: weighted(photo, forward, (at) => least(crossings, at, leftThere)),
    reverse: weighted(photo, reverse, (at) => least(crossings, at, leftBack)),
  }
  // Where ways cross the edge in many directions, a front may be folded instead.
  const places = evenly(inside, MAX_PLACES)
  const isFolded = missed(pressed, places) > missed({ forward, reverse }, places) + MOST_MISSED
  return isFolded ? { forward, reverse } : pressed
}

/** The part of places whose way back does not lead to them. */
function missed({ forward, reverse }: PartFields, places: readonly Point[]): number {
  const d = { du: 0, dv: 0 }
  const far = places.filter(({ x, y }) => {
    const { du, dv } = pixelDisplacement(forward, x, y, d)
    const there = { x: x + du, y: y + dv }
    const back = pixelDisplacement(reverse, there.x, there.y, d)
    return Math.hypot(there.x + back.du - x, there.y + back.dv - y) > FAR
  })
  return far.length / places.length
}

/** Null for a way that does not cross the edge, or whose end cannot be pressed together. */
function crossingOf(
  place: Point,
  drags: readonly Drag[],
  mayChange: (at: Point) => boolean,
  forward: PixelField,
): Crossing | null {
  const { du, dv } = pixelDisplacement(forward, place.x, place.y, { du: 0, dv: 0 })
  const length = Math.hypot(du, dv)
  if (length < 1) return null
  const along = { x: du / length, y: dv / length }
  const onWay = (step: number) => ({ x: place.x + step * along.x, y: place.y + step * along.y })
  let before = 0
  while (before < length + MARGIN && mayChange(onWay(before))) before++
  if (before >= length + MARGIN) return null
  const edge = onWay(before)
  const beyond = length + MARGIN - before
  let room = beyond
  for (const { target } of drags) {
    const { ahead, aside } = from(target, edge, along)
    if (aside < widthOf(beyond)) room = Math.min(room, ahead)
  }
  if (room < LEAST_ROOM * beyond) return null
  return { edge, along, length, before: Math.max(0, before - MARGIN), beyond, room }
}

/** How far a place is before an edge, and to the side of the way there. */
function from({ x, y }: Point, edge: Point, along: Point) {
  const [u, v] = [edge.x - x, edge.y - y]
  return { ahead: u * along.x + v * along.y, aside: Math.abs(v * along.x - u * along.y) }
}

const widthOf = (beyond: number) => WIDE * beyond + LEAST_WIDTH

/** The part of its way that a place goes; more than all of it where nothing is pressed. */
function least(
  crossings: readonly Crossing[],
  at: Point,
  left: (crossing: Crossing, ahead: number) => number,
): number {
  let part = 1
  for (const crossing of crossings) {
    const { ahead, aside } = from(at, crossing.edge, crossing.along)
    const width = widthOf(crossing.beyond)
    if (aside >= width) continue
    const own = left(crossing, Math.max(0, ahead)) / crossing.length
    part = Math.min(part, own + (aside / width) ** 2)
  }
  return Math.max(0, part)
}

/** The way of a place that is so far before the edge. */
function leftThere({ before, beyond, room }: Crossing, ahead: number): number {
  return before + (Math.max(0, ahead - before) * beyond) / (beyond + room)
}

/** The way to a place that is so far before the edge. */
function leftBack({ before, beyond, room }: Crossing, ahead: number): number {
  return before + (ahead * beyond) / room
}

/** A field of which a part is left. @param left by place, from 0 to 1 */
function weighted({ width, height }: Size, field: PixelField, left: (at: Point) => number) {
  const side = Math.max(1, Math.ceil(Math.max(width, height) / LINES))
  const cols = Math.ceil(width / side) + 1
  const rows = Math.ceil(height / side) + 1
  const weights = new Float32Array(cols * rows)
  for (let row = 0, at = 0; row < rows; row++)
    for (let col = 0; col < cols; col++, at++) weights[at] = left({ x: col * side, y: row * side })
  const { scaleX, scaleY } = field
  const evaluate: PixelField['evaluate'] = (u, v, out) => {
    field.evaluate(u, v, out)
    const x = Math.max(0, Math.min(cols - 1.001, (u + 0.5) / scaleX / side))
    const y = Math.max(0, Math.min(rows - 1.001, (v + 0.5) / scaleY / side))
    const weight = between(weights, Math.floor(y) * cols + Math.floor(x), cols, x % 1, y % 1)
    out.du *= weight
    out.dv *= weight
  }
  return { ...field, evaluate }
}
