/**
 * Fields of a thing that would be moved across the edge of what may change: its front is pressed together
 * before the edge, and not cut off there. Positions are in pixels of the photo.
 */

import { type Drag, isPin, type Point, type Size } from '../../drag.ts'
import { evenly } from './fading.ts'
import type { PartFields } from './part-fields.ts'
import { type PixelField, pixelDisplacement } from './pixel-field.ts'
import { weightAt, weightGrid } from './weights.ts'

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
  /** How far to the side of the way something is pressed. */
  readonly width: number
}

/** What lands closer to the edge than this crosses it, too: outlines are a little wider than masks. */
const MARGIN = 2
/** About the most places of the border whose ways are followed, and most crossings that are kept. */
const MAX_PLACES = 2000
const MAX_CROSSINGS = 200
/** Multiples of the golden ratio, without their whole parts, are spread evenly. */
const GOLDEN = (Math.sqrt(5) - 1) / 2
/** What would be pressed into less than this part of what lies beyond is cut off instead. */
const LEAST_ROOM = 1 / 3
/** At a small angle, the edge is so near to the end of the way: as a part of what lies beyond. */
const GRAZING = 1 / 3
/** A crossing presses what is up to so many times what lies beyond to its side, and this much farther. */
const WIDE = 2
const WIDER = 8
/** A way there and back that ends so far from where it began misses; at most this part more may. */
const MISSED = 3
const MOST_MISSED = 0.02
/** Lines of the grid of weights along the longer side; the lengths above are for a photo of so many pixels. */
const LINES = 256
const SIDE = 1000

/**
 * The same fields where nothing crosses the edge, or where what does cannot be pressed together.
 *
 * @param owned 1 for the thing's pixels, in the whole photo
 * @param mayChange whether a place may change
 */
export function pressedFields(
  photo: Size,
  owned: Uint8Array,
  drags: readonly Drag[],
  mayChange: (at: Point) => boolean,
  { forward, reverse }: PartFields,
): PartFields {
  const moving = drags.filter((drag) => !isPin(drag))
  // What a drag takes across the edge on purpose is cut off.
  if (!moving.every(({ target }) => mayChange(target))) return { forward, reverse }
  const unit = Math.max(1, Math.max(photo.width, photo.height) / SIDE)
  const all = placesOf(photo, owned, isAtBorder).flatMap(
    (place) => crossingOf(place, moving, mayChange, forward, unit) ?? [],
  )
  if (all.length === 0) return { forward, reverse }
  const crossings = evenly(all, MAX_CROSSINGS)
  const pressed = {
    forward: weighted(photo, forward, crossings, thereOf),
    reverse: weighted(photo, reverse, crossings, backOf),
  }
  // Where ways cross the edge in many directions, a front may be folded instead.
  const places = placesOf(photo, owned, () => true)
  const missed = (fields: PartFields) => missedBy(fields, places, MISSED * unit)
  return missed(pressed) > missed({ forward, reverse }) + MOST_MISSED
    ? { forward, reverse }
    : pressed
}

/** Null for a way that ends before the edge, or whose end cannot be pressed together. */
function crossingOf(
  place: Point,
  drags: readonly Drag[],
  mayChange: (at: Point) => boolean,
  forward: PixelField,
  unit: number,
): Crossing | null {
  const { du, dv } = pixelDisplacement(forward, place.x, place.y, { du: 0, dv: 0 })
  const length = Math.hypot(du, dv)
  if (length < 1 || !mayChange(place)) return null
  const along = { x: du / length, y: dv / length }
  const onWay = (step: number, aside = 0) => ({
    x: place.x + step * along.x - aside * along.y,
    y: place.y + step * along.y + aside * along.x,
  })
  const margin = MARGIN * unit
  const far = length + margin
  let before = 0
  while (before < far && mayChange(onWay(before))) before++
  const beyond = far - before
  if (beyond <= 0) return null
  // A speck on the way does not matter, nor does an edge that is crossed at a small angle.
  if ([0, 1, -1].some((side) => mayChange(onWay(far, side * GRAZING * beyond)))) return null
  const edge = onWay(before)
  const width = WIDE * beyond + WIDER * unit
  let room = beyond
  for (const { target } of drags) {
    const [u, v] = [edge.x - target.x, edge.y - target.y]
    const isBeside = Math.abs(v * along.x - u * along.y) < width
    if (isBeside) room = Math.min(room, u * along.x + v * along.y)
  }
  if (room < LEAST_ROOM * beyond) return null
  return { edge, along, length, before: Math.max(0, before - margin), beyond, room, width }
}

/** From a place so far before the edge: how far it goes, and up to where anything is pressed. */
const thereOf = ({ before, beyond, room }: Crossing) => ({
  way: (ahead: number) => before + (Math.max(0, ahead - before) * beyond) / (beyond + room),
  reach: before + beyond + room,
})

/** The same of ways to a place. */
const backOf = ({ before, beyond, room }: Crossing) => ({
  way: (ahead: number) => before + (ahead * beyond) / room,
  reach: room,
})

/** A field of which a part is left near crossings. */
function weighted(
  photo: Size,
  field: PixelField,
  crossings: readonly Crossing[],
  pressing: typeof thereOf,
): PixelField {
  const grid = weightGrid(photo, LINES, 1)
  const { side, cols, rows } = grid
  const weights = new Float32Array(cols * rows).fill(1)
  for (const crossing of crossings) {
    const { edge, along, length, beyond, width: aside } = crossing
    const { way, reach } = pressing(crossing)
    const far = Math.hypot(reach, aside)
    const [left, right] = [Math.floor((edge.x - far) / side), Math.ceil((edge.x + far) / side)]
    const [top, bottom] = [Math.floor((edge.y - far) / side), Math.ceil((edge.y + far) / side)]
    for (let row = Math.max(0, top); row <= Math.min(rows - 1, bottom); row++)
      for (let col = Math.max(0, left); col <= Math.min(cols - 1, right); col++) {
        const [u, v] = [edge.x - col * side, edge.y - row * side]
        const off = (v * along.x - u * along.y) / aside
        if (off * off >= 1) continue
        const ahead = Math.max(0, u * along.x + v * along.y)
        const part = (way(ahead) + off * off * (beyond + length - way(0))) / length
        const at = row * cols + col
        weights[at] = Math.min(weights[at]!, part)
      }
  }
  const { scaleX, scaleY } = field
  const evaluate: PixelField['evaluate'] = (u, v, out) => {
    field.evaluate(u, v, out)
    const weight = weightAt(weights, grid, (u + 0.5) / scaleX, (v + 0.5) / scaleY)
    out.du *= weight
    out.dv *= weight
  }
  return { ...field, evaluate }
}

/** The part of places whose way back does not lead to them. */
function missedBy({ forward, reverse }: PartFields, places: readonly Point[], far: number): number {
  const d = { du: 0, dv: 0 }
  const missed = places.filter(({ x, y }) => {
    const { du, dv } = pixelDisplacement(forward, x, y, d)
    const there = { x: x + du, y: y + dv }
    const back = pixelDisplacement(reverse, there.x, there.y, d)
    return Math.hypot(there.x + back.du - x, there.y + back.dv - y) > far
  })
  return missed.length / places.length
}

/** The middles of about {@link MAX_PLACES} of a thing's pixels, evenly, in the order of their rows. */
function placesOf({ width, height }: Size, owned: Uint8Array, isMeant: typeof isAtBorder): Point[] {
  const meant = (at: number) => owned[at] === 1 && isMeant(owned, at, width, height)
  let count = 0
  for (let at = 0; at < owned.length; at++) if (meant(at)) count++
  const places: Point[] = []
  for (let at = 0, i = 0; at < owned.length; at++)
    // Not every second one or so: of a row, that might be the left end alone.
    if (meant(at) && (i++ * GOLDEN) % 1 < MAX_PLACES / count)
      places.push({ x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 })
  return places
}

/** Whether a pixel of the thing has another one beside it; one at the photo's frame has none there. */
function isAtBorder(owned: Uint8Array, at: number, width: number, height: number): boolean {
  const col = at % width
  return (
    (col > 0 && owned[at - 1] === 0) ||
    (col < width - 1 && owned[at + 1] === 0) ||
    (at >= width && owned[at - width] === 0) ||
    (at < width * (height - 1) && owned[at + width] === 0)
  )
}
