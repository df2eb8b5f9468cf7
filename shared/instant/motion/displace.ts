/** Displacements of an edit in pixels, without the small ones. */

import type { Displacement } from '../../geometry/displacement.ts'
import { type PixelField, pixelDisplacement } from '../../geometry/fields/pixel-field.ts'
import { rising } from '../../geometry/rising.ts'

/** Below this many pixels nothing moves; up to twice as many it fades in. */
const STILL = 0.5

/** The displacement at a pixel position; exactly 0 where it is under half a pixel. */
export function displacementAt(
  field: PixelField,
  x: number,
  y: number,
  out: Displacement,
): Displacement {
  pixelDisplacement(field, x, y, out)
  const factor = movement(out.du, out.dv)
  out.du *= factor
  out.dv *= factor
  return out
}

/** The factor of a displacement: 0 while it is small, 1 from twice {@link STILL} on. */
export function movement(dx: number, dy: number): number {
  return rising(Math.hypot(dx, dy), STILL, 2 * STILL)
}
