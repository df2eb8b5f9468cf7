/** Masks of several sizes that a click may mean, and what a click has left of them. */

import type { Point, Size } from '../../shared/drag.ts'
import { boxOf } from '../../shared/instant/box.ts'
import type { Mask } from '../../shared/mask.ts'
import type { Rectangle } from '../../shared/segmentation/lab.ts'
import { areaOf, isGround, shared } from '../../shared/segmentation/things/measures.ts'
import type { Found } from './decoder.ts'

/** Sides of the boxes around a click that a decoder with one mask is asked for, of the longer side. */
const SIDES = [0.15, 0.35, 0.7, 1.2]
/** SAM's estimate counts less by this for a box of nearly the whole photo: it means whatever is in the photo. */
const LESS_FOR_WIDE = 0.02
/** Such a box has this part of the photo. */
const WIDE = 0.75
/** Two masks with at least this IoU are the same candidate. */
const SAME = 0.85
/**
 * Boxes around a mask are wider than it on every side by these parts of its longer side, one after the
 * other: two narrow ones reach the end of a long part, a wide one one that stands off.
 */
export const MARGINS = [0.08, 0.08, 0.25]
/** What is looked for around a mask has this part of it, and is at most so many times as large. */
const HAS = 0.95
const LARGER = 1.25
/** SAM is at most so much less sure of it. */
const LESS_SURE = 0.03
/** Of so many things more is looked for: the surest may be ground that has little of the frame. */
const MOST_COMPLETED = 2
/** SAM's least own estimate of a thing that is looked around, and of what is found there. */
const LEAST_SURE = 0.7
const SURE = 0.9
/** SAM meant something else by the click if it is so much surer of it, and it shares this part. */
const SURER = 0.1
const COMMON = 1 / 2

/** The mask that SAM trusts most. */
export function best(found: readonly Found[]): Found {
  return found.reduce((one, other) => (other.score > one.score ? other : one))
}

/** The masks with something in them, smallest first, without those that are nearly another. */
export function distinct(found: readonly Found[]): Found[] {
  const sized = found
    .map((one) => ({ ...one, area: areaOf(one.mask) }))
    .filter(({ area }) => area > 0)
  const kept: typeof sized = []
  for (const one of sized.toSorted((a, b) => b.score - a.score))
    if (!kept.some((other) => iou(one.mask, other.mask) >= SAME)) kept.push(one)
  return kept
    .sort((one, other) => one.area - other.area)
    .map(({ mask, score }) => ({ mask, score }))
}

/** Squares of four sizes around a click, cut at the photo's border. */
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

/** What SAM finds in a box around a click. */
export function inBox({ mask, score }: Found, { width, height }: Rectangle): Found {
  const isWide = width * height >= WIDE * mask.width * mask.height
  return { mask, score: isWide ? score - LESS_FOR_WIDE : score }
}

/** The things that SAM trusts most, of those that it is not unsure of; ground is none. */
export function surestThings(answers: readonly Found[]): Found[] {
  return answers
    .filter(({ mask, score }) => score >= LEAST_SURE && !isGround(mask))
    .toSorted((one, other) => other.score - one.score)
    .slice(0, MOST_COMPLETED)
}

/** The box around a mask, wider by a part of its longer side and cut at the photo's border. */
export function boxAround(mask: Mask, margin: number): Rectangle {
  const box = boxOf(mask.data, mask)
  if (box === null) throw new Error('an empty mask has no box')
  const by = margin * Math.max(box.width, box.height)
  const [left, top] = [Math.max(0, box.left - by), Math.max(0, box.top - by)]
  return {
    left,
    top,
    width: Math.min(mask.width, box.left + box.width + by) - left,
    height: Math.min(mask.height, box.top + box.height + by) - top,
  }
}

/**
 * Whether an answer to a box around a mask is the same thing with a part that the click has left: a
 * handle, the tip of a wing. That is small beside the thing, and SAM is about as sure.
 */
export function completes({ mask, score }: Found, answer: Found): boolean {
  if (answer.score < Math.max(SURE, score - LESS_SURE)) return false
  const [before, after] = [areaOf(mask), areaOf(answer.mask)]
  if (after <= before || after > LARGER * before) return false
  return shared(mask, answer.mask) >= HAS * before
}

/** Whether it is what the click meant, because SAM is unsure of the mask and sure of it. */
export function replaces({ mask, score }: Found, answer: Found): boolean {
  if (answer.score < Math.max(SURE, score + SURER)) return false
  return !isGround(answer.mask) && shared(mask, answer.mask) >= COMMON * areaOf(mask)
}

function iou(one: Mask, other: Mask): number {
  let [both, either] = [0, 0]
  one.data.forEach((value, i) => {
    both += value & (other.data[i] as number)
    either += value | (other.data[i] as number)
  })
  return both / either
}
