/** SAM's logits to a mask of the photo. */

import type { Size } from '../../../shared/drag.ts'
import type { Mask } from '../../../shared/mask.ts'

/** A plane of numbers, row by row. */
export type Plane = Size & { readonly data: Float32Array }

/** Bilinear resizing, corners not aligned, as torch.nn.functional.interpolate. */
export function resized({ width, height, data }: Plane, to: Size): Plane {
  if (to.width === width && to.height === height) return { width, height, data }
  const out = new Float32Array(to.width * to.height)
  const cols = places(width, to.width)
  const rows = places(height, to.height)
  for (let y = 0, at = 0; y < to.height; y++) {
    const [upper, lower] = [rows.low[y]! * width, rows.high[y]! * width]
    const down = rows.share[y]!
    for (let x = 0; x < to.width; x++, at++) {
      const [left, right, across] = [cols.low[x]!, cols.high[x]!, cols.share[x]!]
      const above = data[upper + left]! * (1 - across) + data[upper + right]! * across
      const below = data[lower + left]! * (1 - across) + data[lower + right]! * across
      out[at] = above * (1 - down) + below * down
    }
  }
  return { ...to, data: out }
}

/** For each pixel of an axis, the two that it lies between, and how near it is to the second. */
function places(from: number, to: number) {
  const [low, high, share] = [new Int32Array(to), new Int32Array(to), new Float64Array(to)]
  for (let i = 0; i < to; i++) {
    const at = Math.max(0, ((i + 0.5) * from) / to - 0.5)
    low[i] = Math.min(from - 1, Math.floor(at))
    high[i] = Math.min(from - 1, low[i]! + 1)
    share[i] = at - low[i]!
  }
  return { low, high, share }
}

/**
 * SAM's small logits to a mask of the photo: enlarged to the padded square, cropped to the photo's
 * part of it, resized to the photo (transformers, post_process_masks).
 */
export function maskOf(logits: Plane, square: number, content: Size, photo: Size): Mask {
  const large = resized(logits, { width: square, height: square })
  const cut = new Float32Array(content.width * content.height)
  for (let y = 0; y < content.height; y++)
    cut.set(large.data.subarray(y * square, y * square + content.width), y * content.width)
  const { data } = resized({ ...content, data: cut }, photo)
  return { ...photo, data: positive(data) }
}

/** White where a logit says that the thing is. */
export function positive(data: Float32Array): Uint8Array {
  const white = new Uint8Array(data.length)
  for (let at = 0; at < data.length; at++) white[at] = data[at]! > 0 ? 1 : 0
  return white
}

/** Logits below this are unsure. */
const UNSURE = 3
/** Pixels of the longer side for one of the surroundings that decide. */
const SIDE_PER_RADIUS = 100

/**
 * Logits without the pattern that SAM's enlarging leaves where it is unsure: there a pixel has the mean
 * of its surroundings. What it is sure of keeps its own, however thin.
 */
export function settled({ width, height, data }: Plane): Plane {
  const radius = Math.round(Math.max(width, height) / SIDE_PER_RADIUS)
  const mean = new Float32Array(data.length)
  for (let at = 0; at < data.length; at++) mean[at] = Math.min(UNSURE, Math.max(-UNSURE, data[at]!))
  // Twice along each axis: nearly a Gaussian.
  const other = new Float32Array(data.length)
  for (let pass = 0; pass < 2; pass++) {
    averageColumns(mean, other, width, height, radius)
    averageRows(other, mean, width, height, radius)
  }
  for (let at = 0; at < data.length; at++) {
    const value = data[at]!
    if (value >= UNSURE || value <= -UNSURE) mean[at] = value
  }
  return { width, height, data: mean }
}

/** Means of up to 2 radius + 1 values along each row, fewer at its ends. */
function averageRows(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  for (let row = 0, first = 0; row < height; row++, first += width) {
    let [sum, seen] = [0, Math.min(radius, width)]
    for (let x = 0; x < seen; x++) sum += from[first + x]!
    for (let x = 0; x < width; x++) {
      if (x + radius < width) {
        sum += from[first + x + radius]!
        seen++
      }
      if (x > radius) {
        sum -= from[first + x - radius - 1]!
        seen--
      }
      to[first + x] = sum / seen
    }
  }
}

/** The same along each column: the sums of all columns go down the rows together. */
function averageColumns(
  from: Float32Array,
  to: Float32Array,
  width: number,
  height: number,
  radius: number,
): void {
  const sums = new Float64Array(width)
  const addRow = (row: number, sign: number) => {
    const first = row * width
    for (let x = 0; x < width; x++) sums[x]! += sign * from[first + x]!
  }
  let seen = Math.min(radius, height)
  for (let row = 0; row < seen; row++) addRow(row, 1)
  for (let row = 0; row < height; row++) {
    if (row + radius < height) {
      addRow(row + radius, 1)
      seen++
    }
    if (row > radius) {
      addRow(row - radius - 1, -1)
      seen--
    }
    const first = row * width
    for (let x = 0; x < width; x++) to[first + x] = sums[x]! / seen
  }
}
