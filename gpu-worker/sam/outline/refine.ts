/**
 * Refines a rough mask with SAM: the points to prompt SAM with, and how its mask is fused with the
 * rough one (Inpaint4Drag, utils/refine_mask.py). Knows no session.
 */

import type { Point, Size } from '../../../shared/drag.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import type { Mask } from '../../../shared/mask.ts'

/** Most points in a prompt. */
export const MAX_POINTS = 128
/** Side of the kernel if the longest side of the photo is 512 pixels; it scales with the photo. */
const KERNEL = 21
const KERNEL_SIDE = 512

/**
 * Up to 128 points of a mask: every pixel of a small mask, or else the mean of the pixels in each
 * cell of a grid over its bounding box. Pixels are at their top-left corner, as upstream.
 */
export function pointsOf({ width, data }: Mask): Point[] {
  const white: number[] = []
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) white.push(at)
  const pointAt = (at: number) => ({ x: at % width, y: Math.floor(at / width) })
  if (white.length <= MAX_POINTS) return white.map(pointAt)
  const points = white.map(pointAt)
  const extent = (of: (point: Point) => number): [number, number] => {
    const values = points.map(of)
    return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  }
  const [left, right] = extent(({ x }) => x)
  const [top, bottom] = extent(({ y }) => y)
  const aspect = (right - left) / Math.max(bottom - top, 1)
  // At least one cell: upstream divides by zero for a mask of one column.
  const rows = Math.max(1, Math.min(MAX_POINTS, Math.floor(Math.sqrt(MAX_POINTS / aspect))))
  const cols = Math.max(1, Math.floor(rows * aspect))
  const cell = (value: number, low: number, high: number, count: number) => {
    const edges = (i: number) => Math.floor(low + ((high + 1 - low) * i) / count)
    let i = Math.min(count - 1, Math.floor(((value - low) * count) / (high + 1 - low)))
    while (i > 0 && value < edges(i)) i--
    while (i + 1 < count && value >= edges(i + 1)) i++
    return i
  }
  const sums = new Float64Array(3 * rows * cols)
  for (const { x, y } of points) {
    const at = 3 * (cell(y, top, bottom, rows) * cols + cell(x, left, right, cols))
    sums[at] = (sums[at] as number) + x
    sums[at + 1] = (sums[at + 1] as number) + y
    sums[at + 2] = (sums[at + 2] as number) + 1
  }
  const means: Point[] = []
  for (let at = 0; at < sums.length; at += 3) {
    const count = sums[at + 2] as number
    if (count > 0)
      means.push({
        x: Math.floor((sums[at] as number) / count),
        y: Math.floor((sums[at + 1] as number) / count),
      })
  }
  if (means.length <= MAX_POINTS) return means
  return Array.from(
    { length: MAX_POINTS },
    (_, i) => means[Math.floor((i * (means.length - 1)) / (MAX_POINTS - 1))] as Point,
  )
}

/**
 * Side of the square kernel for a photo of this size: odd, and proportional to the longest side.
 */
export function kernelOf({ width, height }: Size): number {
  const side = (KERNEL * Math.max(width, height)) / KERNEL_SIDE
  return 2 * Math.max(1, Math.round((side - 1) / 2)) + 1
}

/**
 * `(dilate(user, k) AND sam) OR erode(user, k)`: SAM moves the outline by at most half a kernel.
 */
export function fused(user: Mask, sam: Mask, kernel: number): Mask {
  const reach = (kernel - 1) / 2
  const wide = dilated(user.data, user, reach)
  const outside = dilated(
    user.data.map((value) => 1 - value),
    user,
    reach,
  )
  return {
    ...user,
    data: wide.map((value, i) => ((value === 1 && sam.data[i] === 1) || outside[i] === 0 ? 1 : 0)),
  }
}
