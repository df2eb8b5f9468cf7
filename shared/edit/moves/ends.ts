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
export function nearest(mask: Mask, place: Point): Point | null {
  return best(mask, (x, y) => -((x - place.x) ** 2 + (y - place.y) ** 2), 0)
}

/** The white pixel furthest along a direction that has white pixels so far away on all four sides. */
function furthest(mask: Mask, alongX: number, alongY: number, inside: number): Point | null {
  return best(mask, (x, y) => x * alongX + y * alongY, inside)
}

/** The white pixel whose centre measures most, of those that lie so far inside the mask. */
function best(mask: Mask, measure: (x: number, y: number) => number, inside: number): Point | null {
  const { width, height, data } = mask
  let found: Point | null = null
  let most = Number.NEGATIVE_INFINITY
  for (let row = 0, at = 0; row < height; row++)
    for (let col = 0; col < width; col++, at++) {
      if (data[at] === 0) continue
      const value = measure(col + 0.5, row + 0.5)
      if (value <= most) continue
      const point = { x: col + 0.5, y: row + 0.5 }
      if (inside > 0 && !isSurrounded(mask, point, inside)) continue
      found = point
      most = value
    }
  return found
}

function isSurrounded(mask: Mask, { x, y }: Point, by: number): boolean {
  return (
    isWhite(mask, { x: x - by, y }) &&
    isWhite(mask, { x: x + by, y }) &&
    isWhite(mask, { x, y: y - by }) &&
    isWhite(mask, { x, y: y + by })
  )
}
