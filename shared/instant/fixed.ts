/** What of a thing stays: where it goes on beyond a mask, and where the photo's frame cuts it. */

import { type Drag, isPin, type Point, type Size } from '../drag.ts'
import type { Fixed } from '../geometry/fields/fading.ts'
import type { Mask } from '../mask.ts'

/** The frame is looked at this far inside, of the longer side: SAM's masks end a few pixels before it. */
const INSIDE_FRAME = 1 / 100
/** The least length, of the longer side, along which the frame cuts a thing that is more than beside it. */
const LEAST_CUT = 1 / 32

/**
 * @param owned 1 for the thing's pixels, in the whole photo
 * @param mask white on all things and what stays of them
 * @param fixed white on what stays, of the mask's size
 * @param drags those of the thing
 */
export function fixedOf(
  photo: Size,
  owned: Uint8Array,
  mask: Mask,
  fixed: Mask,
  drags: readonly Drag[],
): Fixed {
  const beyond = borderOf(photo, owned, mask, fixed)
  const moving = drags.filter((drag) => !isPin(drag))
  const inwards = (way: (drag: Drag) => number) => moving.some((drag) => way(drag) > 0.5)
  const { width, height } = photo
  const right = ({ handle, target }: Drag) => target.x - handle.x
  const down = ({ handle, target }: Drag) => target.y - handle.y
  const by = Math.max(1, Math.round(INSIDE_FRAME * Math.max(width, height)))
  const sides = {
    across: [
      ...(inwards(right) ? column(photo, owned, by, 0) : []),
      ...(inwards((drag) => -right(drag)) ? column(photo, owned, width - 1 - by, width) : []),
    ],
    down: [
      ...(inwards(down) ? row(photo, owned, by, 0) : []),
      ...(inwards((drag) => -down(drag)) ? row(photo, owned, height - 1 - by, height) : []),
    ],
  }
  // One list where both are the same, so that they are measured once.
  if (sides.across.length + sides.down.length === 0) return { across: beyond, down: beyond }
  return { across: [...beyond, ...sides.across], down: [...beyond, ...sides.down] }
}

/** The pixels of what stays beside what moves. */
function borderOf(photo: Size, owned: Uint8Array, mask: Mask, fixed: Mask): Point[] {
  const { width, height, data } = fixed
  const points: Point[] = []
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const col = at % width
    const row = (at - col) / width
    const moves = (next: number) => mask.data[next] === 1 && data[next] === 0
    const beside =
      (col > 0 && moves(at - 1)) ||
      (col < width - 1 && moves(at + 1)) ||
      (row > 0 && moves(at - width)) ||
      (row < height - 1 && moves(at + width))
    if (!beside) continue
    const point = {
      x: ((col + 0.5) * photo.width) / width,
      y: ((row + 0.5) * photo.height) / height,
    }
    if (owned[Math.floor(point.y) * photo.width + Math.floor(point.x)] === 1) points.push(point)
  }
  return points
}

function column({ width, height }: Size, owned: Uint8Array, col: number, x: number): Point[] {
  const points: Point[] = []
  for (let y = 0; y < height; y++) if (owned[y * width + col] === 1) points.push({ x, y: y + 0.5 })
  return points.length < LEAST_CUT * Math.max(width, height) ? [] : points
}

function row({ width, height }: Size, owned: Uint8Array, row: number, y: number): Point[] {
  const points: Point[] = []
  for (let x = 0; x < width; x++) if (owned[row * width + x] === 1) points.push({ x: x + 0.5, y })
  return points.length < LEAST_CUT * Math.max(width, height) ? [] : points
}
