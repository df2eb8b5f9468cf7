/**
 * Decodes latents in overlapping tiles if memory is short, and blends neighbouring tiles, so that
 * there are no visible seams.
 */

import type { Size } from '../../../../shared/drag.ts'

/** Decodes one tile [z, h, w] to pixels [3, f h, f w]. */
export type DecodeTile = (latents: Float32Array, size: Size) => Promise<Float32Array>

/** Latents that neighbouring tiles share: 64 pixels with an 8x autoencoder. */
const OVERLAP = 8

/** Channels and size of the latents. */
export type Latents = Size & { readonly data: Float32Array; readonly channels: number }

/**
 * Pixels [3, f h, f w] of latents [channels, h, w], at most `tile` x `tile` latents at a time.
 *
 * @param tile at least 16, twice the overlap
 */
export async function decodeInTiles(
  latents: Latents,
  tile: number,
  decode: DecodeTile,
): Promise<Float32Array> {
  const size = { width: latents.width, height: latents.height }
  const columns = tileStarts(size.width, tile)
  const rows = tileStarts(size.height, tile)
  if (columns.length === 1 && rows.length === 1) return decode(latents.data, size)
  const part = { width: Math.min(tile, size.width), height: Math.min(tile, size.height) }
  let sum = new Float32Array(0)
  let weights = new Float32Array(0)
  for (const top of rows) {
    for (const left of columns) {
      const pixels = await decode(crop(latents, { left, top, ...part }), part)
      const factor = Math.round(Math.sqrt(pixels.length / (3 * part.width * part.height)))
      if (sum.length === 0) {
        sum = new Float32Array(3 * size.width * size.height * factor * factor)
        weights = new Float32Array(size.width * size.height * factor * factor)
      }
      const across = ramp(left, part.width, size.width, factor)
      const down = ramp(top, part.height, size.height, factor)
      const width = size.width * factor
      const plane = width * size.height * factor
      for (let y = 0; y < down.length; y++) {
        for (let x = 0; x < across.length; x++) {
          const weight = (across[x] as number) * (down[y] as number)
          const at = (top * factor + y) * width + left * factor + x
          weights[at] = (weights[at] as number) + weight
          for (let k = 0; k < 3; k++) {
            const value = pixels[(k * down.length + y) * across.length + x] as number
            sum[k * plane + at] = (sum[k * plane + at] as number) + weight * value
          }
        }
      }
    }
  }
  return sum.map((value, i) => value / (weights[i % weights.length] as number))
}

/** The offsets of the tiles along an axis: evenly spaced, with at least the overlap in common. */
function tileStarts(length: number, tile: number): number[] {
  if (length <= tile) return [0]
  const count = Math.ceil((length - OVERLAP) / (tile - OVERLAP))
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)))
}

/** Copies a rectangle of all channels. */
function crop(latents: Latents, area: Size & { left: number; top: number }): Float32Array {
  const { data, channels } = latents
  const out = new Float32Array(channels * area.width * area.height)
  for (let c = 0; c < channels; c++)
    for (let y = 0; y < area.height; y++) {
      const from = (c * latents.height + area.top + y) * latents.width + area.left
      out.set(data.subarray(from, from + area.width), (c * area.height + y) * area.width)
    }
  return out
}

/**
 * Weights of a tile's pixels along an axis: rising over the overlap, except at the image's border.
 */
function ramp(start: number, length: number, whole: number, factor: number): Float32Array {
  const fade = OVERLAP * factor
  return Float32Array.from({ length: length * factor }, (_, i) => {
    const rising = start === 0 ? 1 : Math.min(1, (i + 0.5) / fade)
    const falling = start + length === whole ? 1 : Math.min(1, (length * factor - i - 0.5) / fade)
    return rising * falling
  })
}
