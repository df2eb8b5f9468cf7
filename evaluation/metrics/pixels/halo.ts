/**
 * Halo: how much of the background that lay around the thing came along with it. In a narrow ring
 * around the landed thing the result is taken to be a mixture of what was there in the photo (0) and of
 * what was around the thing in the photo (1); the share is the least-squares solution.
 */

import { dilated } from '../../../shared/geometry/dilated.ts'
import type { EvaluationCase } from '../../case.ts'
import type { Edited } from '../../engine.ts'
import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { landedFrom, landingOfMoved } from '../regions/landing.ts'

/** Width of the ring, and of what it leaves out around the thing for a soft outline, as parts of the longer side. */
const [RING, SOFT] = [1 / 128, 1 / 256]
/** Mean squared difference of the two backgrounds below which they cannot be told apart. */
const ALIKE = 3 * 8 ** 2

export const halo: Metric = {
  name: 'halo',
  columns: { share: 'lower' },
  async measure({ one, photo, edited }) {
    const share = haloOf(photo, edited.picture, ringOf(one, edited))
    return share === undefined ? {} : { share: Math.max(0, share) }
  },
  async close() {},
}

/** Pixels of the result, and for each the photo's pixel that would be there if it came along. */
export type Ring = { readonly at: readonly number[]; readonly from: readonly number[] }

/**
 * The ring around the landed thing, without the thing's place in the photo and its own ring. Empty
 * where neither the case nor the engine has a mask of the thing.
 */
export function ringOf(one: EvaluationCase, edited: Edited): Ring {
  const ring = { at: [] as number[], from: [] as number[] }
  const { known, source, from } = landingOfMoved(one, edited)
  if (!known) return ring
  const { size } = one
  const longer = Math.max(size.width, size.height)
  const inner = Math.max(1, Math.round(SOFT * longer))
  const soft = dilated(source, size, inner)
  const data = dilated(source, size, inner + Math.max(2, Math.round(RING * longer)))
  landedFrom({ ...size, data }, size, one.drags).forEach((origin, at) => {
    const isBackground = origin !== -1 && soft[origin] === 0
    if (!isBackground || from[at] !== -1 || data[at] === 1) return
    ring.at.push(at)
    ring.from.push(origin)
  })
  return ring
}

/** The share of the old background in the ring; undefined where the two look alike. */
export function haloOf(photo: Picture, result: Picture, { at, from }: Ring): number | undefined {
  let [projected, squares] = [0, 0]
  at.forEach((pixel, i) => {
    for (let channel = 0; channel < 3; channel++) {
      const there = photo.data[4 * pixel + channel]!
      const along = photo.data[4 * from[i]! + channel]! - there
      projected += (result.data[4 * pixel + channel]! - there) * along
      squares += along ** 2
    }
  })
  return squares > ALIKE * at.length ? projected / squares : undefined
}
