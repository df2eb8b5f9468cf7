/**
 * The stretch of FastDrag (Zhao et al., NeurIPS 2024; XuanjiaZ/FastDrag at def3c4e, utils/continuous_drag.py)
 * on pixels instead of latents: the mask is a sheet of material, held at the circle around its bounding
 * box. What the sheet leaves is filled from its four sides (BNNI).
 */

import type { Drag, Point, Size } from '../../shared/drag.ts'
import { boxOf } from '../../shared/instant/box.ts'
import type { EvaluatedEngine } from '../engine.ts'
import type { Picture } from '../picture.ts'
import type { ThingFinder } from './moving-part.ts'
import { peer } from './peer.ts'
import { halfToEven } from './round.ts'

export function fastdragStretch(things: ThingFinder): EvaluatedEngine {
  return peer('fastdrag-stretch', things, async (photo, parts) => {
    const mask = new Uint8Array(photo.width * photo.height)
    for (const { flags } of parts)
      flags.forEach((flag, at) => {
        if (flag === 1) mask[at] = 1
      })
    const drags = parts.flatMap((part) => part.drags)
    return stretched(photo, mask, drags)
  })
}

/** The circle that the sheet is held at. */
type Circle = { readonly centre: Point; readonly radius: number }

export function stretched(photo: Picture, mask: Uint8Array, drags: readonly Drag[]): Picture {
  const { width, height } = photo
  const box = boxOf(mask, photo)
  const data = photo.data.slice()
  if (box === null) return { width, height, data }
  const centre = { x: box.left + (box.width - 1) / 2, y: box.top + (box.height - 1) / 2 }
  const circle = { centre, radius: Math.hypot(centre.x - box.left, centre.y - box.top) }
  const own = drags.map(({ handle, target }) => ({
    // Pixels are points here, as in the original: the middle of the first is 0.
    handle: { x: handle.x - 0.5, y: handle.y - 0.5 },
    by: { x: target.x - handle.x, y: target.y - handle.y },
  }))
  const landed = new Uint8Array(width * height)
  for (let at = mask.indexOf(1); at !== -1; at = mask.indexOf(1, at + 1)) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const by = moveOf({ x, y }, own, circle)
    const toX = Math.max(0, Math.min(width - 1, halfToEven(x + by.x)))
    const toY = Math.max(0, Math.min(height - 1, halfToEven(y + by.y)))
    const to = toY * width + toX
    // The first that comes has the place.
    if (landed[to] === 1) continue
    landed[to] = 1
    data.set(photo.data.subarray(4 * at, 4 * at + 4), 4 * to)
  }
  const empty = mask.map((flag, at) => (flag === 1 && landed[at] === 0 ? 1 : 0))
  fillFromSides(data, empty, photo)
  return { width, height, data }
}

/** How far a point of the sheet moves: each drag in full at its handle and not at all at the circle. */
export function moveOf(
  at: Point,
  drags: readonly { readonly handle: Point; readonly by: Point }[],
  circle: Circle,
): Point {
  let [sum, x, y] = [0, 0, 0]
  for (const { handle, by } of drags) {
    const stretch = stretchOf(at, handle, circle)
    const weight = 1 / (Math.hypot(at.x - handle.x, at.y - handle.y) + 1e-4)
    sum += weight
    x += weight * stretch * by.x
    y += weight * stretch * by.y
  }
  return { x: x / sum, y: y / sum }
}

/** 1 at the handle, 0 where the ray from there through the point meets the circle. */
function stretchOf(at: Point, handle: Point, { centre, radius }: Circle): number {
  const away = { x: at.x - handle.x, y: at.y - handle.y }
  const length = Math.hypot(away.x, away.y)
  if (length === 0) return 1
  const fromCentre = { x: handle.x - centre.x, y: handle.y - centre.y }
  const along = (away.x * fromCentre.x + away.y * fromCentre.y) / length
  const inside = radius ** 2 - fromCentre.x ** 2 - fromCentre.y ** 2
  const reach = Math.sqrt(Math.max(0, along ** 2 + inside)) - along
  return reach <= length ? 0 : (reach - length) / reach
}

/**
 * Each empty pixel gets the mean of the nearest colours to its four sides, weighted by the inverse of the
 * steps to them; row by row, so that those filled before count.
 */
export function fillFromSides(data: Uint8ClampedArray, empty: Uint8Array, size: Size): void {
  const { width, height } = size
  const steps = [
    { x: -1, y: 0 },
    { x: 1, y: 0 },
    { x: 0, y: -1 },
    { x: 0, y: 1 },
  ]
  for (let at = empty.indexOf(1); at !== -1; at = empty.indexOf(1, at + 1)) {
    const [x, y] = [at % width, Math.floor(at / width)]
    const sums = [0, 0, 0]
    let weights = 0
    for (const step of steps)
      for (let k = 1; ; k++) {
        const [toX, toY] = [x + k * step.x, y + k * step.y]
        if (toX < 0 || toY < 0 || toX >= width || toY >= height) break
        const to = toY * width + toX
        if (empty[to] === 1) continue
        weights += 1 / k
        for (let i = 0; i < 3; i++) sums[i] = (sums[i] as number) + (data[4 * to + i] as number) / k
        break
      }
    if (weights === 0) continue
    for (let i = 0; i < 3; i++) data[4 * at + i] = (sums[i] as number) / weights
    empty[at] = 0
  }
}
