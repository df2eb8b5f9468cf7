/**
 * Where a thing goes on beyond the region that it may change in, or what lies around it if nobody knows
 * where it ends: that stays, and the thing bends towards it. Pure functions; masks are of one size.
 */

import type { Drag, Point, Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { forEachPart } from '../../instant/outline/islands.ts'
import type { Mask } from '../../mask.ts'
import { areaOf, atHandles, intersection, shared } from './measures.ts'

/** A thing: what of it moves, and what of it stays, of a mask's shape. */
export type BoundThing = { readonly moves: Mask; readonly stays: Uint8Array }

/**
 * A thing that goes on no further than this outside a region, of the longer side, touches its edge: SAM
 * errs by a few pixels, and people draw by hand.
 */
const TOUCHES = 1 / 64
/** What lies between an end of a thing and the rest of it is at most so wide, of the longer side. */
const GAP = 1 / 32
/** What stays around a place that bends, of the longer side: wider than outlines are corrected by. */
const RING = 1 / 24
/**
 * The radius of a place that bends, of the shorter side; and at least so many times its drag, so that
 * nothing in it is stretched or pressed by much more than a third.
 */
const PLACE = 1 / 7
const OF_DRAG = 7 / 2
/** But at most this part of how far a thing reaches from the handle: the rest of it stays. */
const OF_THING = 3 / 4
/** A thing has an end in each direction in which it reaches this part of its farthest from the handle. */
const END = 1 / 2
const DIRECTIONS = 8

/** A thing of which nothing stays. */
export function alone(moves: Mask): BoundThing {
  return { moves, stays: new Uint8Array(moves.data.length) }
}

/**
 * @param whole the thing, also outside the region
 * @param inside the part of it that moves, in the region
 */
export function goesOn(whole: Mask, inside: Mask, region: Mask): BoundThing {
  return { moves: inside, stays: beyondOf(whole, inside, region, 1) }
}

/**
 * An end of a thing: SAM ends it where it looks different, such as a head at its neck. What lies between it
 * and what of the thing is outside the region moves with it.
 *
 * @param whole the thing that it is an end of, also outside the region
 * @param inside the end, in the region
 * @param around all that the end may belong to
 */
export function endGoesOn(whole: Mask, inside: Mask, region: Mask, around: Mask): BoundThing {
  const gap = Math.round(GAP * longer(region))
  const stays = beyondOf(around, inside, region, gap)
  const beside = dilated(inside.data, inside, gap)
  const near = dilated(stays, region, gap)
  const between = (at: number) => whole.data[at]! & region.data[at]! & beside[at]! & near[at]!
  const data = inside.data.map((value, at) => value | between(at))
  return { moves: { ...inside, data }, stays }
}

/** The parts of a thing outside a region that are no further than `near` from what moves in it. */
function beyondOf(whole: Mask, inside: Mask, region: Mask, near: number): Uint8Array {
  const far = dilated(region.data, region, Math.round(TOUCHES * longer(region)))
  const beside = dilated(inside.data, inside, near)
  const outside = whole.data.map((value, at) => value & (1 - region.data[at]!))
  const stays = new Uint8Array(outside.length)
  forEachPart(outside, 1, region, (part) => {
    if (!part.some((at) => far[at] === 0) || !part.some((at) => beside[at] === 1)) return
    for (const at of part) stays[at] = 1
  })
  return stays
}

/** A region that bends as a whole. */
export function bending(region: Mask): BoundThing {
  return { moves: region, stays: ringOf(region) }
}

/** A drag that bends what is around it, and the thing that it bends; null if all that is there bends. */
export type Bent = { readonly drag: Drag; readonly on: Mask | null }

/** What drags bend, as one: what moves for one of them does not stay for another. */
export function bentBy(bent: readonly Bent[], size: Size): BoundThing & { readonly within: Mask } {
  const moves = blank(size)
  const near = blank(size)
  const within = blank(size)
  for (const { drag, on } of withWholeThings(bent, size)) {
    const place = placeOf(drag, size, on)
    add(within, place.data)
    const part = on === null ? place : atHandles(intersection(place, on), [drag.handle])
    add(moves, part.data)
    add(near, on === null ? ringOf(place) : intersection({ ...size, data: ringOf(part) }, on).data)
  }
  for (let at = 0; at < near.length; at++) near[at]! &= 1 - moves[at]!
  return { moves: { ...size, data: moves }, stays: near, within: { ...size, data: within } }
}

/**
 * Each drag with all that was found of its thing: SAM's answers for two handles differ a little. Where
 * places of drags meet and the thing of one is not known, all that is there bends for both.
 */
function withWholeThings(bent: readonly Bent[], size: Size): Bent[] {
  const places = bent.map(({ drag }) => placeOf(drag, size, null))
  const all = bent.map(({ drag, on }) => ({ drag, on: on && thingOf(on, bent) }))
  for (let changed = true; changed; ) {
    changed = false
    all.forEach((one, i) => {
      if (one.on === null) return
      const beside = all.some(({ on }, k) => on === null && shared(places[i]!, places[k]!) > 0)
      if (!beside) return
      all[i] = { ...one, on: null }
      changed = true
    })
  }
  return all
}

/** Whether a mask has a pixel of what moves or stays of a thing. */
export function meets(mask: Mask, { moves, stays }: BoundThing): boolean {
  return shared(mask, moves) + shared(mask, { data: stays }) > 0
}

/** All that was found of a thing: for each drag on it, its outline is a little different. */
function thingOf({ width, height, data }: Mask, bent: readonly Bent[]): Mask {
  const all = data.slice()
  for (const { on } of bent) {
    if (on === null || 2 * shared({ data }, on) < Math.min(areaOf({ data }), areaOf(on))) continue
    add(all, on.data)
  }
  return { width, height, data: all }
}

/** What surrounds a region and stays. */
function ringOf(region: Mask): Uint8Array {
  const wide = dilated(region.data, region, Math.round(RING * longer(region)))
  return wide.map((value, at) => value & (1 - region.data[at]!))
}

/** The place around a drag, from its handle to its target. A thing that bends in it does not fit into it. */
function placeOf({ handle, target }: Drag, size: Size, on: Mask | null): Mask {
  const [x, y] = [target.x - handle.x, target.y - handle.y]
  const squared = x * x + y * y
  const { width, height } = size
  const wide = Math.max(PLACE * Math.min(width, height), OF_DRAG * Math.sqrt(squared))
  const radius = on === null ? wide : Math.min(wide, OF_THING * nearestEnd(on, handle))
  const data = blank(size)
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      const [u, v] = [col + 0.5 - handle.x, row + 0.5 - handle.y]
      const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (u * x + v * y) / squared))
      if (Math.hypot(u - along * x, v - along * y) < radius) data[at] = 1
    }
  return { width, height, data }
}

/** How far it is from a point to the nearest end of a mask: an arm that bends leaves head and feet. */
function nearestEnd({ width, data }: Mask, { x, y }: Point): number {
  const reach = new Float64Array(DIRECTIONS)
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const [across, down] = [(at % width) + 0.5 - x, Math.floor(at / width) + 0.5 - y]
    const turns = Math.atan2(down, across) / (2 * Math.PI)
    const to = (Math.round(turns * DIRECTIONS) + DIRECTIONS) % DIRECTIONS
    reach[to] = Math.max(reach[to]!, Math.hypot(across, down))
  }
  const most = Math.max(...reach)
  return Math.min(...reach.filter((one) => one >= END * most))
}

const blank = ({ width, height }: Size) => new Uint8Array(width * height)

function add(into: Uint8Array, more: Uint8Array): void {
  for (let at = 0; at < into.length; at++) into[at]! |= more[at]!
}

const longer = ({ width, height }: Size) => Math.max(width, height)
