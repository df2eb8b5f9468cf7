/**
 * Spreads known values smoothly over unknown pixels (push-pull; Gortler et al., "The Lumigraph",
 * SIGGRAPH 1996).
 */

import type { Size } from '../drag.ts'

/**
 * Values with their weights, interleaved: `channels` values, then the weight in [0, 1]; the values of
 * a pixel without weight count as 0.
 */
export type WeightedLevel = {
  readonly width: number
  readonly height: number
  readonly channels: number
  readonly data: Float32Array
}

/** Fills what has less than full weight from coarser and coarser levels, in place. */
export function pushPull(level: WeightedLevel): WeightedLevel {
  const { width, height, channels, data } = level
  if (width === 1 && height === 1) return level
  const stride = channels + 1
  const below = pushPull(coarser(level))
  for (let row = 0; row < height; row++) {
    const v = clamp((row + 0.5) / 2 - 0.5, below.height - 1)
    const top = Math.floor(v)
    const bottom = Math.min(below.height - 1, top + 1)
    for (let col = 0; col < width; col++) {
      const at = stride * (row * width + col)
      const known = data[at + channels]!
      if (known >= 1) continue
      const u = clamp((col + 0.5) / 2 - 0.5, below.width - 1)
      const left = Math.floor(u)
      const right = Math.min(below.width - 1, left + 1)
      const a = stride * (top * below.width + left)
      const b = stride * (top * below.width + right)
      const c = stride * (bottom * below.width + left)
      const d = stride * (bottom * below.width + right)
      const [down, across] = [v - top, u - left]
      for (let i = 0; i < channels; i++) {
        const smooth =
          (1 - down) * ((1 - across) * below.data[a + i]! + across * below.data[b + i]!) +
          down * ((1 - across) * below.data[c + i]! + across * below.data[d + i]!)
        data[at + i] = known * data[at + i]! + (1 - known) * smooth
      }
      data[at + channels] = 1
    }
  }
  return level
}

/**
 * Values that are known at some pixels, spread smoothly over the rest: one after the other by pixel, each
 * pixel's followed by its weight.
 */
export function spread(
  { width, height }: Size,
  channels: number,
  value: (at: number, channel: number) => number,
  known: (at: number) => boolean,
): Float32Array {
  const stride = channels + 1
  const level = { width, height, channels, data: new Float32Array(stride * width * height) }
  for (let at = 0; at < width * height; at++) {
    if (!known(at)) continue
    for (let k = 0; k < channels; k++) level.data[stride * at + k] = value(at, k)
    level.data[stride * at + channels] = 1
  }
  return pushPull(level).data
}

function coarser({ width, height, channels, data }: WeightedLevel): WeightedLevel {
  const stride = channels + 1
  const cols = Math.ceil(width / 2)
  const rows = Math.ceil(height / 2)
  const sums = new Float32Array(stride * cols * rows)
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const from = stride * (row * width + col)
      const weight = data[from + channels]!
      if (weight === 0) continue
      const into = stride * ((row >> 1) * cols + (col >> 1))
      for (let i = 0; i < channels; i++) sums[into + i] = sums[into + i]! + weight * data[from + i]!
      sums[into + channels] = sums[into + channels]! + weight
    }
  for (let into = 0; into < sums.length; into += stride) {
    const weight = sums[into + channels]!
    if (weight === 0) continue
    for (let i = 0; i < channels; i++) sums[into + i] = sums[into + i]! / weight
    sums[into + channels] = Math.min(1, weight)
  }
  return { width: cols, height: rows, channels, data: sums }
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value))
}
