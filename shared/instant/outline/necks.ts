/** Thin parts that join two others: a stem, the column of a chair. Colours may not cut them through. */

import type { Size } from '../../drag.ts'
import { forEachPart } from './islands.ts'

/** A part is thin up to this half of its width, in pixels. */
export const THIN = 5
/** Depths are told apart in steps of this, in pixels. */
const STEP = 0.5

/**
 * Joins the parts of a thing again that its mask joins by a thin part. Along the widest way between them,
 * the thing gets the mask's pixels, but no more than a thin part has.
 *
 * @param inside 1 for the thing, in parts; changed in place
 * @param drawn 1 for the mask
 * @param distances to the mask's border, as `signedDistances`
 */
export function joinByNecks(
  inside: Uint8Array,
  drawn: Uint8Array,
  distances: Float32Array,
  size: Size,
): void {
  const parts: Int32Array[] = []
  forEachPart(inside, 1, size, (part) => {
    parts.push(part.slice())
  })
  if (parts.length < 2) return
  parts.sort((one, other) => other.length - one.length)
  const partAt = new Int32Array(inside.length).fill(-1)
  parts.forEach((part, number) => {
    for (const at of part) partAt[at] = number
  })
  for (const way of waysFrom(parts, partAt, drawn, distances, size))
    for (const at of way) widen(inside, drawn, at, Math.min(THIN, distances[at]!), size)
}

/** The ways through thin parts of the mask, from the largest part to all others that it joins with it. */
function waysFrom(
  parts: readonly Int32Array[],
  partAt: Int32Array,
  drawn: Uint8Array,
  distances: Float32Array,
  { width }: Size,
): number[][] {
  const ways: number[][] = []
  const from = new Int32Array(drawn.length).fill(-1)
  const reached = new Uint8Array(drawn.length)
  // What there is to go on from, by the least depth on the way to it, the widest way first.
  const deepest = Math.round(THIN / STEP)
  const open = Array.from({ length: deepest + 1 }, (): number[] => [])
  const next = open.map(() => 0)
  let depth = deepest
  // Ways begin anew at each part.
  const enter = (part: Int32Array) => {
    for (const at of part) {
      reached[at] = 1
      open[deepest]!.push(at)
    }
    depth = deepest
  }
  const reach = (to: number, at: number, least: number) => {
    if (reached[to] === 1) return
    const part = partAt[to]!
    if (part !== -1) {
      // Where the mask is wide, colours have cut it through for a reason.
      if (least < deepest) ways.push(wayTo(at, from))
      enter(parts[part]!)
    } else if (drawn[to] === 1) {
      reached[to] = 1
      from[to] = partAt[at] === -1 ? at : -1
      open[Math.min(least, Math.floor(distances[to]! / STEP))]!.push(to)
    }
  }
  enter(parts[0]!)
  while (depth >= 0) {
    const least = depth
    const at = open[least]![next[least]!]
    if (at === undefined) {
      depth--
      continue
    }
    next[least]!++
    if (at % width > 0) reach(at - 1, at, least)
    if ((at + 1) % width > 0) reach(at + 1, at, least)
    if (at >= width) reach(at - width, at, least)
    if (at + width < drawn.length) reach(at + width, at, least)
  }
  return ways
}

function wayTo(end: number, from: Int32Array): number[] {
  const way: number[] = []
  for (let at = end; at !== -1; at = from[at]!) way.push(at)
  return way
}

/** Gives the thing the mask's pixels around one of them. */
function widen(
  inside: Uint8Array,
  drawn: Uint8Array,
  middle: number,
  radius: number,
  { width, height }: Size,
): void {
  const [x, y] = [middle % width, Math.floor(middle / width)]
  const reach = Math.ceil(radius)
  for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
    for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
      if (Math.hypot(u - x, v - y) <= radius && drawn[v * width + u] === 1)
        inside[v * width + u] = 1
}
