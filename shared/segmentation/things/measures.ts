/** What the choice of a thing measures of masks, drags and handles. Masks are of one size. */

import type { Drag, Point, Size } from '../../drag.ts'
import { dropStray } from '../../instant/outline/islands.ts'
import { isWhite, type Mask } from '../../mask.ts'

/** What has more than this part of a photo's frame is ground, such as a sky or a floor. */
const MOST_OF_FRAME = 1 / 4
/** A handle this far from a thing, of the longer side, still takes hold of it. */
const REACH = 1 / 100

export function areaOf({ data }: Mask): number {
  return data.reduce((sum, value) => sum + value, 0)
}

/** The pixels that are white in both masks. */
export function shared(one: Mask, other: Mask): number {
  return one.data.reduce((sum, value, at) => sum + (value & other.data[at]!), 0)
}

/** How many pixels beside a thing a handle may be. */
export function reachOf({ width, height }: Size): number {
  return Math.round(REACH * Math.max(width, height))
}

/** Whether a mask has much of the picture's frame, or of a line just inside: SAM's end a little before it. */
export function isGround({ width, height, data }: Mask): boolean {
  const by = reachOf({ width, height })
  const [right, bottom] = [width - 1 - by, height - 1 - by]
  let [count, all] = [0, 0]
  for (let x = by; x <= right; x++, all += 2)
    count += data[by * width + x]! + data[bottom * width + x]!
  for (let y = by; y <= bottom; y++, all += 2)
    count += data[y * width + by]! + data[y * width + right]!
  return count > MOST_OF_FRAME * all
}

/**
 * The connected parts of a mask that have a handle, and for a handle beside it a line to its nearest
 * pixel, so that the handle moves it.
 */
export function atHandles(mask: Mask, handles: readonly Point[]): Mask {
  const { width, height } = mask
  const data = mask.data.slice()
  const core = new Uint8Array(data.length)
  for (const handle of handles) {
    if (!isWhite(mask, handle)) drawLine({ width, height, data }, handle, nearestOf(mask, handle))
    core[Math.floor(handle.y) * width + Math.floor(handle.x)] = 1
  }
  dropStray(data, core, mask)
  return { width, height, data }
}

/** The mean of what drags move by. */
export function meanOf(drags: readonly Drag[]): Point {
  const mean = (of: (drag: Drag) => number) =>
    drags.reduce((sum, drag) => sum + of(drag), 0) / drags.length
  return {
    x: mean(({ handle, target }) => target.x - handle.x),
    y: mean(({ handle, target }) => target.y - handle.y),
  }
}

/** The white pixel nearest to a point; the point itself without any. */
function nearestOf({ width, data }: Mask, { x, y }: Point): Point {
  let [nearest, least] = [{ x, y }, Number.POSITIVE_INFINITY]
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const [col, row] = [at % width, Math.floor(at / width)]
    const distance = (col + 0.5 - x) ** 2 + (row + 0.5 - y) ** 2
    if (distance < least) [nearest, least] = [{ x: col + 0.5, y: row + 0.5 }, distance]
  }
  return nearest
}

/** A white line, three pixels wide. */
function drawLine({ width, height, data }: Mask, from: Point, to: Point): void {
  const steps = 2 * Math.ceil(Math.hypot(to.x - from.x, to.y - from.y)) + 1
  for (let i = 0; i <= steps; i++) {
    const col = Math.floor(from.x + ((to.x - from.x) * i) / steps)
    const row = Math.floor(from.y + ((to.y - from.y) * i) / steps)
    for (let y = Math.max(0, row - 1); y <= Math.min(height - 1, row + 1); y++)
      data.fill(1, y * width + Math.max(0, col - 1), y * width + Math.min(width, col + 2))
  }
}
