/** Masks of several sizes that a click may mean. */

import type { Point, Size } from '../../shared/drag.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import type { Found } from './decoder.ts'

/** Sides of the boxes around a click that a decoder with one mask is asked for, of the longer side. */
const SIDES = [0.15, 0.35, 0.7]
/** Two masks with at least this IoU are the same candidate. */
const SAME = 0.85

/** The mask that SAM trusts most. */
export function best(found: readonly Found[]): Found {
  return found.reduce((one, other) => (other.score > one.score ? other : one))
}

/** The masks with something in them, smallest first, without those that are nearly another. */
export function distinct(found: readonly Found[]): Found[] {
  const sized = found
    .map((one) => ({ ...one, area: one.mask.data.reduce((sum, value) => sum + value, 0) }))
    .filter(({ area }) => area > 0)
  const kept: typeof sized = []
  for (const one of sized.toSorted((a, b) => b.score - a.score))
    if (!kept.some((other) => iou(one.mask, other.mask) >= SAME)) kept.push(one)
  return kept
    .sort((one, other) => one.area - other.area)
    .map(({ mask, score }) => ({ mask, score }))
}

/** Squares of three sizes around a click, cut at the photo's border. */
export function boxesAround({ x, y }: Point, { width, height }: Size): Rectangle[] {
  return SIDES.map((side) => {
    const half = (side * Math.max(width, height)) / 2
    const [left, top] = [Math.max(0, x - half), Math.max(0, y - half)]
    return {
      left,
      top,
      width: Math.min(width, x + half) - left,
      height: Math.min(height, y + half) - top,
    }
  })
}

function iou(one: Mask, other: Mask): number {
  let [both, either] = [0, 0]
  one.data.forEach((value, i) => {
    both += value & (other.data[i] as number)
    either += value | (other.data[i] as number)
  })
  return both / either
}
