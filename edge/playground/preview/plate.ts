/**
 * Fills the place of things that moved away smoothly from their surroundings (push-pull; Gortler et
 * al., "The Lumigraph", SIGGRAPH 1996). Good enough for a preview; adds no detail.
 */

import { pushPull, type WeightedLevel } from '../../../shared/instant/push-pull.ts'
import type { Mask } from '../../../shared/mask.ts'
import type { Pixels } from '../../../shared/segmentation/lab.ts'

/** The fill is computed at a quarter of the photo's size, because it has no detail. */
const REDUCTION = 4

/**
 * RGBA as words, unchanged outside the mask. A band around the mask counts as unknown, too, so that
 * the edge of the thing is not smeared over its old place.
 */
export function plate(photo: Pixels, mask: Mask): Uint32Array {
  const { width, height } = photo
  const filled = pushPull(reduced(photo, mask))
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
function reduced({ width, height, data }: Pixels, mask: Mask): WeightedLevel {
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
  const level = { width: cols, height: rows, channels: 3, data: new Float32Array(4 * rows * cols) }
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
