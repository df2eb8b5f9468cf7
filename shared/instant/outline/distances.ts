/** Distances to the border of a thing. */

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
