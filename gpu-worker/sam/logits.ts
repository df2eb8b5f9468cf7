/** SAM's logits to a mask of the photo. */

import type { Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'

/** A plane of numbers, row by row. */
export type Plane = Size & { readonly data: Float32Array }

/** Bilinear resizing, corners not aligned, as torch.nn.functional.interpolate. */
export function resized({ width, height, data }: Plane, to: Size): Plane {
  const out = new Float32Array(to.width * to.height)
  const place = (i: number, from: number, size: number) => {
    const at = Math.max(0, ((i + 0.5) * from) / size - 0.5)
    const low = Math.min(from - 1, Math.floor(at))
    return { low, high: Math.min(from - 1, low + 1), share: at - low }
  }
  const cols = Array.from({ length: to.width }, (_, x) => place(x, width, to.width))
  for (let y = 0; y < to.height; y++) {
    const { low, high, share } = place(y, height, to.height)
    cols.forEach((col, x) => {
      const at = (row: number, column: number) => data[row * width + column] as number
      const upper = at(low, col.low) * (1 - col.share) + at(low, col.high) * col.share
      const lower = at(high, col.low) * (1 - col.share) + at(high, col.high) * col.share
      out[y * to.width + x] = upper * (1 - share) + lower * share
    })
  }
  return { ...to, data: out }
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
  return { ...photo, data: Uint8Array.from(data, (value) => (value > 0 ? 1 : 0)) }
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
  let mean: Float32Array = data.map((value) => Math.min(UNSURE, Math.max(-UNSURE, value)))
  // Twice along each axis: nearly a Gaussian.
  for (let pass = 0; pass < 2; pass++) {
    mean = averaged(mean, { count: height, stride: width }, { count: width, stride: 1 }, radius)
    mean = averaged(mean, { count: width, stride: 1 }, { count: height, stride: width }, radius)
  }
  const out = data.map((value, i) => (Math.abs(value) < UNSURE ? (mean[i] as number) : value))
  return { width, height, data: out }
}

type Axis = { readonly count: number; readonly stride: number }

/** Means of up to 2 radius + 1 values along an axis, fewer at its ends. */
function averaged(data: Float32Array, lines: Axis, along: Axis, radius: number): Float32Array {
  const out = new Float32Array(data.length)
  for (let line = 0; line < lines.count; line++) {
    const first = line * lines.stride
    const at = (i: number) => data[first + i * along.stride] as number
    let [sum, seen] = [0, 0]
    for (let i = 0; i < Math.min(radius, along.count); i++) {
      sum += at(i)
      seen++
    }
    for (let i = 0; i < along.count; i++) {
      if (i + radius < along.count) {
        sum += at(i + radius)
        seen++
      }
      if (i - radius - 1 >= 0) {
        sum -= at(i - radius - 1)
        seen--
      }
      out[first + i * along.stride] = sum / seen
    }
  }
  return out
}
