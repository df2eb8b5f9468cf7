/** How softly a part of a picture blends with what is around it. */

import type { Size } from '../drag.ts'
import { rising } from '../geometry/rising.ts'
import { signedDistances } from './outline/distances.ts'

/**
 * By pixel: 0 outside the part, from 0 at its border up to 1 at `width` pixels inside, or in its middle
 * if no pixel is that deep. At the border of the picture there is no fade.
 *
 * @param part 1 for its pixels
 */
export function softness(part: Uint8Array, size: Size, width: number): Float32Array {
  const distances = signedDistances(part, size)
  const deepest = distances.reduce((most, distance) => Math.max(most, distance), 0)
  if (deepest === 0) return new Float32Array(part.length)
  const reach = Math.min(width, deepest)
  return distances.map((distance) => rising(distance, 0, reach))
}
