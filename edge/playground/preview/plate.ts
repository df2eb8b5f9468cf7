/**
 * Fills the place of things that moved away smoothly from their surroundings (push-pull; Gortler et
 * al., "The Lumigraph", SIGGRAPH 1996). Good enough for a preview; adds no detail.
 */

import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'

/** The fill is computed at a quarter of the photo's size, because it has no detail. */
const REDUCTION = 4

/** Colours and their weights, interleaved: r, g, b, weight. */
type Level = { readonly width: number; readonly height: number; readonly data: Float32Array }

/**
 * RGBA as words, unchanged outside the mask. A band around the mask counts as unknown, too, so that
 * the edge of the thing is not smeared over its old place.
 */
export function plate(photo: Pixels, mask: Mask): Uint32Array {
  const { width, height } = photo
  const filled = pullPush(reduced(photo, mask))
  const words = new Uint32Array(photo.data.buffer, photo.data.byteOffset, width * height).slice()
  const bytes = new Uint8Array(words.buffer)
  for (let y = 0, at = 0; y < height; y++) {
    const v = clamp((y + 0.5) / REDUCTION - 0.5, filled.height - 1)
    const top = Math.floor(v)
    const down = v - top
    const below = Math.min(filled.height - 1, top + 1)
    for (let x = 0; x < width; x++, at++) {
      if (mask.data[at] === 0) continue
      const u = clamp((x + 0.5) / REDUCTION - 0.5, filled.width - 1)
      const left = Math.floor(u)
      const across = u - left
      const right = Math.min(filled.width - 1, left + 1)
      for (let i = 0; i < 3; i++) {
        const value = (row: number, col: number) => filled.data[4 * (row * filled.width + col) + i]!
        bytes[4 * at + i] =
          (1 - down) * ((1 - across) * value(top, left) + across * value(top, right)) +
          down * ((1 - across) * value(below, left) + across * value(below, right))
      }
      bytes[4 * at + 3] = 255
    }
  }
  return words
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, value))
}

/** The photo at a quarter of its size. Pixels that the mask touches, and their neighbours, are unknown. */
function reduced({ width, height, data }: Pixels, mask: Mask): Level {
  const cols = Math.ceil(width / REDUCTION)
  const rows = Math.ceil(height / REDUCTION)
  const hidden = new Uint8Array(rows * cols)
  for (let at = mask.data.indexOf(1); at !== -1; at = mask.data.indexOf(1, at + 1)) {
    const col = Math.floor((at % width) / REDUCTION)
    const row = Math.floor(Math.floor(at / width) / REDUCTION)
    for (let r = Math.max(0, row - 1); r <= Math.min(rows - 1, row + 1); r++)
      for (let c = Math.max(0, col - 1); c <= Math.min(cols - 1, col + 1); c++)
        hidden[r * cols + c] = 1
  }
  const level = { width: cols, height: rows, data: new Float32Array(4 * rows * cols) }
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) {
      if (hidden[row * cols + col] === 1) continue
      const into = 4 * (row * cols + col)
      const bottom = Math.min(height, (row + 1) * REDUCTION)
      const right = Math.min(width, (col + 1) * REDUCTION)
      let count = 0
      for (let y = row * REDUCTION; y < bottom; y++)
        for (let x = col * REDUCTION; x < right; x++, count++)
          for (let i = 0; i < 3; i++)
            level.data[into + i] = level.data[into + i]! + data[4 * (y * width + x) + i]!
      for (let i = 0; i < 3; i++) level.data[into + i] = level.data[into + i]! / count
      level.data[into + 3] = 1
    }
  return level
}

/** Fills unknown pixels from coarser and coarser levels. */
function pullPush(level: Level): Level {
  const { width, height, data } = level
  if (width === 1 && height === 1) return level
  const coarse: Level = {
    width: Math.ceil(width / 2),
    height: Math.ceil(height / 2),
    data: new Float32Array(4 * Math.ceil(width / 2) * Math.ceil(height / 2)),
  }
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const from = 4 * (row * width + col)
      const weight = data[from + 3]!
      if (weight === 0) continue
      const into = 4 * ((row >> 1) * coarse.width + (col >> 1))
      for (let i = 0; i < 3; i++)
        coarse.data[into + i] = coarse.data[into + i]! + weight * data[from + i]!
      coarse.data[into + 3] = coarse.data[into + 3]! + weight
    }
  for (let into = 0; into < coarse.data.length; into += 4) {
    const weight = coarse.data[into + 3]!
    if (weight === 0) continue
    for (let i = 0; i < 3; i++) coarse.data[into + i] = coarse.data[into + i]! / weight
    coarse.data[into + 3] = Math.min(1, weight)
  }
  const below = pullPush(coarse)
  for (let row = 0; row < height; row++)
    for (let col = 0; col < width; col++) {
      const at = 4 * (row * width + col)
      const known = data[at + 3]!
      if (known >= 1) continue
      const v = clamp((row + 0.5) / 2 - 0.5, below.height - 1)
      const u = clamp((col + 0.5) / 2 - 0.5, below.width - 1)
      const [top, left] = [Math.floor(v), Math.floor(u)]
      const bottom = Math.min(below.height - 1, top + 1)
      const right = Math.min(below.width - 1, left + 1)
      for (let i = 0; i < 3; i++) {
        const value = (r: number, c: number) => below.data[4 * (r * below.width + c) + i]!
        const smooth =
          (1 - (v - top)) * ((1 - (u - left)) * value(top, left) + (u - left) * value(top, right)) +
          (v - top) * ((1 - (u - left)) * value(bottom, left) + (u - left) * value(bottom, right))
        data[at + i] = known * data[at + i]! + (1 - known) * smooth
      }
      data[at + 3] = 1
    }
  return level
}
