/** Points of a thing's mask that say how it lies: its ends, and the one nearest to a place. */

import type { Point } from '../../drag.ts'
import { boxOf } from '../../instant/box.ts'
import { isWhite, type Mask } from '../../mask.ts'

/** Fewer do not say how a thing is turned and scaled. */
export const ENOUGH_ENDS = 3
/** Ends keep this distance from the border of the mask, if it is wide enough: in its pixels. */
const INSIDE = 4

/** The white pixels furthest to each corner of the mask's box, a little inside; none of an empty mask. */
export function endsOf(mask: Mask): Point[] {
  const box = boxOf(mask.data, mask)
  if (box === null) return []
  const [across, down] = [1 / box.width, 1 / box.height]
  const found = new Map<string, Point>()
  for (const inside of [INSIDE, 0]) {
    for (const [x, y] of [
      [-across, -down],
      [across, -down],
      [across, down],
      [-across, down],
    ] as const) {
      const end = furthest(mask, x, y, inside)
      if (end !== null) found.set(`${end.x} ${end.y}`, end)
    }
    if (found.size >= ENOUGH_ENDS) break
    found.clear()
  }
  return [...found.values()]
}

/** The centre of the white pixel nearest to a place; null for an empty mask. */
export function nearest(mask: Mask, { x, y }: Point): Point | null {
  return most(mask, (point) => -((point.x - x) ** 2 + (point.y - y) ** 2), 0)
}

/** The white pixel furthest along a direction that has white pixels so far away on all four sides. */
function furthest(mask: Mask, alongX: number, alongY: number, inside: number): Point | null {
  return most(mask, ({ x, y }) => x * alongX + y * alongY, inside)
}

function most(mask: Mask, measure: (point: Point) => number, inside: number): Point | null {
  const { width, data } = mask
  let best: Point | null = null
  let reached = Number.NEGATIVE_INFINITY
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const point = { x: (at % width) + 0.5, y: Math.floor(at / width) + 0.5 }
    const value = measure(point)
    if (value <= reached) continue
    const surrounded =
      inside === 0 ||
      [
        { x: point.x - inside, y: point.y },
        { x: point.x + inside, y: point.y },
        { x: point.x, y: point.y - inside },
        { x: point.x, y: point.y + inside },
      ].every((near) => isWhite(mask, near))
    if (!surrounded) continue
    best = point
    reached = value
  }
  return best
}
