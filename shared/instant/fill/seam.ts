/**
 * Removes the seam of a filled hole: what the patches make of the known pixels around it, against
 * what is there, is spread into the hole and added (a membrane; Pérez et al., SIGGRAPH 2003).
 */

import { pushPull } from '../push-pull.ts'
import type { Level } from './level.ts'
import { forEach, type Votes } from './vote.ts'

/** The most that is added to a colour: a larger error is another thing, not other light. */
const MOST = 24

/** Corrects the hole's colours in place. @param votes that filled it */
export function removeSeam({ width, data, hole }: Level, { window, sums }: Votes): void {
  const errors = new Float32Array(sums.length)
  forEach(window, width, (at, voted) => {
    const weight = sums[voted + 4]!
    if (hole[at] === 1 || weight === 0) return
    for (let i = 0; i < 4; i++) {
      const error = data[4 * at + i]! - sums[voted + i]! / weight
      errors[voted + i] = Math.max(-MOST, Math.min(MOST, error))
    }
    errors[voted + 4] = 1
  })
  pushPull({ ...window, channels: 4, data: errors })
  forEach(window, width, (at, voted) => {
    if (hole[at] === 0) return
    for (let i = 0; i < 4; i++) data[4 * at + i] = data[4 * at + i]! + errors[voted + i]!
  })
}
