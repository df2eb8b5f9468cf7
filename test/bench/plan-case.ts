/**
 * The case that every plan benchmark times: 1024 x 1024 pixels, 64 x 64 tokens, the left half of
 * the image as mask.
 */

import type { Drag } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'

export const image = { width: 1024, height: 1024 }
export const grid = { rows: 64, cols: 64 }

export const halfMask: Mask = { ...image, data: new Uint8Array(image.width * image.height) }
// Row by row: a million values through an iterator would leave garbage to collect in the first
// timing.
for (let y = 0; y < image.height; y++)
  halfMask.data.fill(1, y * image.width, y * image.width + image.width / 2)

/** `count` drags spread over the mask, each its own way. */
export function spreadDrags(count: number): Drag[] {
  return Array.from({ length: count }, (_, i) => {
    const x = 40 + ((i * 197) % 440)
    const y = 40 + ((i * 331) % 944)
    return {
      handle: { x, y },
      target: { x: x + 150 + ((i * 53) % 90), y: y + ((i * 29) % 60) - 30 },
    }
  })
}
