/** What the choice of a thing measures of masks, drags and handles. Masks are of one size. */

import type { Drag, Point } from '../../drag.ts'
import { dropStray } from '../../instant/outline/islands.ts'
import type { Mask } from '../../mask.ts'

/** What has more than this part of a photo's frame is ground, such as a sky or a floor. */
const MOST_OF_FRAME = 1 / 4
/** The part of a picture that a mask has is so many times the part of its frame, if it stands out. */
const MORE_THAN_FRAME = 1.2
/** As much of a side of the frame is all of it. */
const WHOLE_SIDE = 0.95
/** The frame is looked at this far inside, of the longer side: SAM's masks end a few pixels before it. */
const INSIDE_FRAME = 1 / 100

/** How many pixels are white. */
export function areaOf({ data }: Pick<Mask, 'data'>): number {
  return data.reduce((sum, value) => sum + value, 0)
}

/** How many pixels are white in both masks. */
export function shared(one: Pick<Mask, 'data'>, other: Pick<Mask, 'data'>): number {
  return one.data.reduce((sum, value, at) => sum + (value & other.data[at]!), 0)
}

/** What is white in both masks. */
export function intersection(one: Mask, other: Mask): Mask {
  return { ...one, data: one.data.map((value, at) => value & other.data[at]!) }
}

/** IoU. */
export function overlap(one: Mask, other: Mask): number {
  const both = shared(one, other)
  return both / (areaOf(one) + areaOf(other) - both)
}

/** Whether a mask has much of the picture's frame. */
export function isGround(mask: Mask): boolean {
  return ofFrame(mask).share > MOST_OF_FRAME
}

/**
 * Whether a mask is more of a picture than of its frame, as a portrait is. Ground lies along the frame, and
 * a sky has all of its upper side.
 */
export function standsOut(mask: Mask): boolean {
  const { share, top } = ofFrame(mask)
  return areaOf(mask) > MORE_THAN_FRAME * share * mask.data.length && top < WHOLE_SIDE
}

/** The parts of the picture's frame, and of its upper side, that a mask has. */
function ofFrame({ width, height, data }: Mask): { readonly share: number; readonly top: number } {
  const by = Math.round(INSIDE_FRAME * Math.max(width, height))
  const [right, bottom] = [width - 1 - by, height - 1 - by]
  let [top, count, all] = [0, 0, 0]
  for (let x = by; x <= right; x++, all += 2) {
    top += data[by * width + x]!
    count += data[bottom * width + x]!
  }
  for (let y = by; y <= bottom; y++, all += 2)
    count += data[y * width + by]! + data[y * width + right]!
  return { share: (top + count) / all, top: top / (right + 1 - by) }
}

/** The connected parts of a mask that have a handle. @param handles are on the mask */
export function atHandles(mask: Mask, handles: readonly Point[]): Mask {
  const { width, height } = mask
  const data = mask.data.slice()
  const core = new Uint8Array(data.length)
  for (const { x, y } of handles) core[Math.floor(y) * width + Math.floor(x)] = 1
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

/** How far a point is from a mask's middle, in deviations of the mask's pixels in that direction. */
export function offMiddle({ width, data }: Mask, { x, y }: Point): number {
  let [count, u, v, uu, uv, vv] = [0, 0, 0, 0, 0, 0]
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const col = (at % width) + 0.5
    const row = Math.floor(at / width) + 0.5
    count++
    u += col
    v += row
    uu += col * col
    uv += col * row
    vv += row * row
  }
  const [meanU, meanV] = [u / count, v / count]
  // A pixel is as wide as one, not a point.
  const a = uu / count - meanU * meanU + 1 / 12
  const b = uv / count - meanU * meanV
  const c = vv / count - meanV * meanV + 1 / 12
  const [across, down] = [x - meanU, y - meanV]
  return Math.sqrt(
    (c * across * across - 2 * b * across * down + a * down * down) / (a * c - b * b),
  )
}
