/** What changed outside: where an edit should change nothing. */

import type { Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { outsideOf } from '../regions/outside.ts'

/** Decibels of pictures that do not differ, whose ratio is infinite. */
export const MOST_PSNR = 100

export const background: Metric = {
  name: 'background',
  columns: { psnr: 'higher', 'changed-percent': 'lower' },
  async measure(measured) {
    const outside = await outsideOf(measured)
    if (outside === null || outside.length === 0) return {}
    const { photo, edited } = measured
    return {
      psnr: psnr(photo, edited.picture, outside),
      'changed-percent': (100 * changed(photo, edited.picture, outside)) / outside.length,
    }
  },
  async close() {},
}

/** Peak signal to noise in decibels over the colours of some pixels, at most {@link MOST_PSNR}. */
export function psnr(one: Picture, other: Picture, on: Uint32Array | null = null): number {
  const count = on?.length ?? one.width * one.height
  let squares = 0
  for (let i = 0; i < count; i++) {
    const at = 4 * (on === null ? i : on[i]!)
    for (let k = at; k < at + 3; k++) squares += (one.data[k]! - other.data[k]!) ** 2
  }
  if (squares === 0) return MOST_PSNR
  return Math.min(MOST_PSNR, 10 * Math.log10((255 ** 2 * 3 * count) / squares))
}

/** How many of some pixels differ in any channel. */
export function changed(one: Picture, other: Picture, on: Uint32Array): number {
  let count = 0
  for (const pixel of on) {
    const at = 4 * pixel
    const same =
      one.data[at] === other.data[at] &&
      one.data[at + 1] === other.data[at + 1] &&
      one.data[at + 2] === other.data[at + 2]
    if (!same) count++
  }
  return count
}
