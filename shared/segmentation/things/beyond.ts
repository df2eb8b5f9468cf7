/**
 * Where a thing goes on beyond the region that it may change in, or what lies around it if nobody knows
 * where it ends: that stays, and the thing bends towards it. Pure functions; masks are of one size.
 */

import type { Drag, Size } from '../../drag.ts'
import { dilated } from '../../geometry/dilated.ts'
import { forEachPart } from '../../instant/outline/islands.ts'
import type { Mask } from '../../mask.ts'

/** A thing: what of it moves, and what of it stays, of a mask's shape. */
export type BoundThing = { readonly moves: Mask; readonly stays: Uint8Array }

/**
 * A thing that goes on no further than this outside a region, of the longer side, touches its edge: SAM
 * errs by a few pixels, and people draw by hand.
 */
const TOUCHES = 1 / 64
/** What stays around a place that bends, of the longer side: wider than outlines are corrected by. */
const RING = 1 / 24
/** The radius of a place that bends, of the shorter side; and at least this part of its drag. */
const PLACE = 1 / 6
const OF_DRAG = 1 / 2

/** A thing of which nothing stays. */
export function alone(moves: Mask): BoundThing {
  return { moves, stays: new Uint8Array(moves.data.length) }
}

/**
 * @param whole the thing, also outside the region
 * @param inside the part of it that moves, in the region
 */
export function goesOn(whole: Mask, inside: Mask, region: Mask): BoundThing {
  const far = dilated(region.data, region, Math.round(TOUCHES * longer(region)))
  const beside = dilated(inside.data, inside, 1)
  const outside = whole.data.map((value, at) => value & (1 - region.data[at]!))
  const stays = new Uint8Array(outside.length)
  forEachPart(outside, 1, region, (part) => {
    if (!part.some((at) => far[at] === 0) || !part.some((at) => beside[at] === 1)) return
    for (const at of part) stays[at] = 1
  })
  return { moves: inside, stays }
}

/** A region that bends as a whole. */
export function bending(region: Mask): BoundThing {
  const wide = dilated(region.data, region, Math.round(RING * longer(region)))
  return { moves: region, stays: wide.map((value, at) => value & (1 - region.data[at]!)) }
}

/** The place around a drag, from its handle to its target. */
export function placeOf({ width, height }: Size, { handle, target }: Drag): Mask {
  const [x, y] = [target.x - handle.x, target.y - handle.y]
  const squared = x * x + y * y
  const radius = Math.max(PLACE * Math.min(width, height), OF_DRAG * Math.sqrt(squared))
  const data = new Uint8Array(width * height)
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      const [u, v] = [col + 0.5 - handle.x, row + 0.5 - handle.y]
      const along = squared === 0 ? 0 : Math.max(0, Math.min(1, (u * x + v * y) / squared))
      if (Math.hypot(u - along * x, v - along * y) < radius) data[at] = 1
    }
  return { width, height, data }
}

const longer = ({ width, height }: Size) => Math.max(width, height)
