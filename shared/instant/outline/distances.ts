/** Distances to the border of a thing, and its middle, however thin it is. */

import type { Size } from '../../drag.ts'
import { nearestFlagged } from './nearest.ts'

/** By pixel: distance to the border of what is 1, positive inside, from pixel centres. */
export function signedDistances(inside: Uint8Array, size: Size): Float32Array {
  const outside = inside.map((flag) => 1 - flag)
  const toInside = nearestFlagged(inside, size)
  const toOutside = nearestFlagged(outside, size)
  const { width } = size
  const between = (at: number, other: number) => {
    if (other === -1) return 1e6
    const across = (at % width) - (other % width)
    const down = Math.floor(at / width) - Math.floor(other / width)
    return Math.sqrt(across * across + down * down)
  }
  const distances = new Float32Array(inside.length)
  for (let at = 0; at < inside.length; at++)
    distances[at] =
      inside[at] === 1 ? between(at, toOutside[at]!) - 0.5 : 0.5 - between(at, toInside[at]!)
  return distances
}

/**
 * By pixel: the distance to its nearest flagged pixel, from pixel centres; infinite where there is none.
 *
 * @param nearest as {@link nearestFlagged} @param unit pixels per unit of the distances
 */
export function distancesTo(nearest: Int32Array, { width }: Size, unit = 1): Float32Array {
  const distances = new Float32Array(nearest.length)
  for (let at = 0, y = 0; at < nearest.length; y++)
    for (let x = 0; x < width; x++, at++) {
      const from = nearest[at]!
      const row = Math.floor(from / width)
      const [across, down] = [x - (from - row * width), y - row]
      distances[at] =
        from === -1 ? Number.POSITIVE_INFINITY : Math.sqrt(across * across + down * down) / unit
    }
  return distances
}

/**
 * 1 for the pixels that are as deep inside as a length, or in the middle of a part that is nowhere so
 * deep: a leg, a horn, a stalk with what is on it. A part is thin at a pixel if no disc inside the thing
 * that has the pixel is much wider than the one around the pixel (local thickness; Hildebrand and
 * Rüegsegger, Journal of Microscopy, 1997). Corners and bumps have no middle of their own.
 *
 * @param distances as {@link signedDistances}
 * @param deep in pixels
 * @param share the middle begins at this part of the depth, above 0 and at most 1
 */
export function middleOf(
  distances: Float32Array,
  { width, height }: Size,
  deep: number,
  share: number,
): Uint8Array {
  const offsets = around(Math.ceil(deep / share) + 1)
  return Uint8Array.from(distances, (distance, at) => {
    if (distance <= 0) return 0
    if (distance >= deep) return 1
    const [x, y] = [at % width, Math.floor(at / width)]
    // If a disc of a deeper pixel has this one, so has one whose middle is no further away, but for a pixel.
    const reach = distance / share
    for (const { dx, dy, far } of offsets) {
      if (far > reach + 1) break
      const [u, v] = [x + dx, y + dy]
      if (u < 0 || v < 0 || u >= width || v >= height) continue
      const other = distances[v * width + u]!
      if (other > far && other > reach) return 0
    }
    return 1
  })
}

/** The ways to all pixels within a radius, nearest first. */
function around(
  radius: number,
): { readonly dx: number; readonly dy: number; readonly far: number }[] {
  const ways = []
  for (let dy = -radius; dy <= radius; dy++)
    for (let dx = -radius; dx <= radius; dx++) ways.push({ dx, dy, far: Math.hypot(dx, dy) })
  return ways.filter(({ far }) => far > 0 && far <= radius).sort((a, b) => a.far - b.far)
}
