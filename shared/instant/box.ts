/** Rectangles of whole pixels. */

import type { Size } from '../drag.ts'
import type { Rectangle } from '../segmentation/lab.ts'

/** A thing in a rectangle of the photo: 1 for its pixels. */
export type Outline = Rectangle & { readonly inside: Uint8Array }

/** The smallest rectangle around all pixels that are 1, null without any. */
export function boxOf(flags: Uint8Array, { width, height }: Size): Rectangle | null {
  let [left, right, top, bottom] = [width, -1, -1, -1]
  for (let y = 0; y < height; y++) {
    const row = flags.subarray(y * width, (y + 1) * width)
    const first = row.indexOf(1)
    if (first === -1) continue
    if (top === -1) top = y
    bottom = y
    left = Math.min(left, first)
    right = Math.max(right, row.lastIndexOf(1))
  }
  return top === -1 ? null : { left, top, width: right + 1 - left, height: bottom + 1 - top }
}

/** A rectangle `by` pixels larger on each side, inside the picture. */
export function grown(box: Rectangle, by: number, { width, height }: Size): Rectangle {
  const left = Math.max(0, box.left - by)
  const top = Math.max(0, box.top - by)
  return {
    left,
    top,
    width: Math.min(width, box.left + box.width + by) - left,
    height: Math.min(height, box.top + box.height + by) - top,
  }
}

/** The smallest rectangle with two in it. */
export function enclosing(one: Rectangle, other: Rectangle): Rectangle {
  const [left, top] = [Math.min(one.left, other.left), Math.min(one.top, other.top)]
  const right = Math.max(one.left + one.width, other.left + other.width)
  const bottom = Math.max(one.top + one.height, other.top + other.height)
  return { left, top, width: right - left, height: bottom - top }
}

/** The part of an interleaved picture in a rectangle. @param channels values per pixel */
export function cropped<T extends Uint8Array | Uint8ClampedArray>(
  values: T,
  { width }: Size,
  box: Rectangle,
  channels: number,
): T {
  const part = values.slice(0, channels * box.width * box.height) as T
  for (let row = 0; row < box.height; row++) {
    const from = channels * ((box.top + row) * width + box.left)
    part.set(values.subarray(from, from + channels * box.width), channels * row * box.width)
  }
  return part
}

/** Puts what {@link cropped} returned back into its place. */
export function pasted(
  part: Uint8Array | Uint8ClampedArray,
  into: Uint8Array | Uint8ClampedArray,
  { width }: Size,
  box: Rectangle,
  channels: number,
): void {
  for (let row = 0; row < box.height; row++) {
    const line = part.subarray(channels * row * box.width, channels * (row + 1) * box.width)
    into.set(line, channels * ((box.top + row) * width + box.left))
  }
}
