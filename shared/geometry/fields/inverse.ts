/** The way back of a field: where what lands at a place comes from. */

import type { Displacement } from '../displacement.ts'
import type { PixelField } from './pixel-field.ts'

/** Newton's steps, and when they end, in the field's units. */
const MOST_STEPS = 16
const CLOSE = 0.02
/** A step that misses by more than before is halved so many times. */
const MOST_HALVINGS = 4
/** Slopes are measured over this distance. */
const BESIDE = 0.5
/** An area is taken to be pressed to no less than this part of it, or steps would have no end. */
const LEAST_AREA = 0.02

/**
 * The displacement from each place to that which a field takes there, by Newton's method. Where drags
 * press places together this is smooth, and a field of its own, made from where they end, peaks there.
 *
 * @param field takes no two places to one; where it does, one of them is taken
 * @param start what the way back is near
 */
export function inverseOf(
  field: PixelField['evaluate'],
  start: PixelField['evaluate'],
): PixelField['evaluate'] {
  const at: Displacement = { du: 0, dv: 0 }
  const right: Displacement = { du: 0, dv: 0 }
  const below: Displacement = { du: 0, dv: 0 }
  return (u, v, out) => {
    start(u, v, out)
    let [x, y] = [u + out.du, v + out.dv]
    field(x, y, at)
    let miss = Math.hypot(x + at.du - u, y + at.dv - v)
    for (let step = 0; step < MOST_STEPS && miss > CLOSE; step++) {
      const [missU, missV] = [x + at.du - u, y + at.dv - v]
      field(x + BESIDE, y, right)
      field(x, y + BESIDE, below)
      const a = 1 + (right.du - at.du) / BESIDE
      const b = (below.du - at.du) / BESIDE
      const c = (right.dv - at.dv) / BESIDE
      const d = 1 + (below.dv - at.dv) / BESIDE
      const area = Math.max(LEAST_AREA, a * d - b * c)
      const [byU, byV] = [(d * missU - b * missV) / area, (a * missV - c * missU) / area]
      let part = 1
      for (let halved = 0; ; halved++, part /= 2) {
        field(x - part * byU, y - part * byV, at)
        const now = Math.hypot(x - part * byU + at.du - u, y - part * byV + at.dv - v)
        if (now < miss || halved === MOST_HALVINGS) {
          miss = now
          break
        }
      }
      x -= part * byU
      y -= part * byV
    }
    out.du = x - u
    out.dv = y - v
  }
}
