/**
 * Which of SAM's answers may be the thing that was asked for. Used by the playground and by the GPU
 * worker. Knows no session; points, boxes and masks are in pixels of one picture.
 */

import type { Point } from '../../drag.ts'
import { isWhite, type Mask } from '../../mask.ts'
import type { Rectangle } from '../lab.ts'

/** A question. */
export type SamPrompt = {
  /** On the thing. */
  readonly points: readonly Point[]
  /** Beside it. */
  readonly off?: readonly Point[]
  readonly box: Rectangle | null
}

/** A mask, and SAM's own estimate of its quality (IoU). */
export type SamAnswer = { readonly mask: Mask; readonly score: number }

/** SAM's least own estimate. */
const LEAST_SCORE = 0.8
/** From this estimate on it is very sure. */
const VERY_SURE = 0.97
/** The most of the photo that one click may mean; and if SAM is very sure of it. */
const MOST_OF_PHOTO = 0.75
const MOST_IF_VERY_SURE = 0.95
/** The least of a mask that is inside a box or lasso. */
const LEAST_INSIDE = 0.9
/** The least IoU of a box and the box around the mask. */
const LEAST_BOX = 0.5

/** Whether SAM is sure of an answer, by its own estimate. */
export function isSure(score: number): boolean {
  return score >= LEAST_SCORE
}

/** Whether it is very sure of one. */
export function isVerySure(score: number): boolean {
  return score >= VERY_SURE
}

/**
 * The answers that may be meant, in their order: SAM is sure of them, they have every click on the thing and
 * none beside it, fit a box or lasso, and are not nearly the whole photo.
 */
export function acceptable(
  answers: readonly SamAnswer[],
  { points, off = [], box }: SamPrompt,
  within: Mask | null,
  least = LEAST_SCORE,
): SamAnswer[] {
  return answers.filter(({ mask, score }) => {
    if (score < least || !points.every((point) => isWhite(mask, point))) return false
    if (off.some((point) => isWhite(mask, point))) return false
    const { white, extent, insideBox, insideLasso } = measured(mask, box, within)
    if (white === 0) return false
    const most = isVerySure(score) ? MOST_IF_VERY_SURE : MOST_OF_PHOTO
    if (box === null) return white <= most * mask.data.length
    if (within !== null) return insideLasso >= LEAST_INSIDE * white
    return insideBox >= LEAST_INSIDE * white && overlap(extent, box) >= LEAST_BOX
  })
}

function measured({ width, data }: Mask, box: Rectangle | null, within: Mask | null) {
  let [white, insideBox, insideLasso] = [0, 0, 0]
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0]
  for (let at = data.indexOf(1); at !== -1; at = data.indexOf(1, at + 1)) {
    const x = at % width
    const y = (at - x) / width
    white++
    left = Math.min(left, x)
    top = Math.min(top, y)
    right = Math.max(right, x + 1)
    bottom = Math.max(bottom, y + 1)
    if (box !== null && overlapsPixel(box, x, y)) insideBox++
    if (within?.data[at] === 1) insideLasso++
  }
  const extent = { left, top, width: right - left, height: bottom - top }
  return { white, extent, insideBox, insideLasso }
}

function overlapsPixel({ left, top, width, height }: Rectangle, x: number, y: number): boolean {
  return x + 1 > left && y + 1 > top && x < left + width && y < top + height
}

function overlap(one: Rectangle, other: Rectangle): number {
  const across =
    Math.min(one.left + one.width, other.left + other.width) - Math.max(one.left, other.left)
  const down =
    Math.min(one.top + one.height, other.top + other.height) - Math.max(one.top, other.top)
  const both = Math.max(0, across) * Math.max(0, down)
  return both / (one.width * one.height + other.width * other.height - both)
}
