/** Converts latents between the autoencoder's layout [z, h, w] and tokens [h/2 * w/2, 4 z]. */

import type { TokenGrid } from '../../../shared/token-grid.ts'

/**
 * 2x2 packing: feature `c * 4 + ph * 2 + pw` of token (row, col) is channel c at (2 row + ph, 2 col
 * + pw) (diffusers _pack_latents).
 *
 * @param latents [channels, 2 rows, 2 cols]
 * @returns [rows * cols, 4 channels]
 */
export function packLatents(
  latents: Float32Array,
  channels: number,
  grid: TokenGrid,
): Float32Array {
  const packed = new Float32Array(latents.length)
  forEachFeature(channels, grid, (unpackedIndex, packedIndex) => {
    packed[packedIndex] = latents[unpackedIndex] as number
  })
  return packed
}

/** The inverse of {@link packLatents}. */
export function unpackLatents(
  packed: Float32Array,
  channels: number,
  grid: TokenGrid,
): Float32Array {
  const latents = new Float32Array(packed.length)
  forEachFeature(channels, grid, (unpackedIndex, packedIndex) => {
    latents[unpackedIndex] = packed[packedIndex] as number
  })
  return latents
}

function forEachFeature(
  channels: number,
  grid: TokenGrid,
  visit: (unpackedIndex: number, packedIndex: number) => void,
): void {
  const height = 2 * grid.rows
  const width = 2 * grid.cols
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) {
        const token = (y >> 1) * grid.cols + (x >> 1)
        visit((c * height + y) * width + x, token * 4 * channels + c * 4 + (y & 1) * 2 + (x & 1))
      }
}
