/** What SAM is asked for a thing. Pure functions, in pixels of the shown copy. */

import type { Point } from '../../../shared/drag.ts'
import { isWhite } from '../../../shared/mask.ts'
import { holds, type Rectangle } from '../../../shared/segmentation/lab.ts'
import type { Stroke } from '../../../shared/segmentation/seeds.ts'
import type { SamPrompt } from '../../../shared/segmentation/things/sam-answer.ts'
import type { Thing } from './draft.ts'

/**
 * What is asked for a thing; null for one that was corrected by strokes, which the colours follow more
 * closely.
 */
export function promptOf({ add, remove, box, previous, clicks }: Thing): SamPrompt | null {
  if (clicks !== undefined) return { ...clicks, box: box ?? null }
  const strokes = add.map(({ points }) => points)
  if (previous !== undefined || remove.length > 0 || strokes.some(({ length }) => length > 1))
    return null
  const points = strokes.flat()
  if (box === undefined) return points.length === 1 ? { points, box: null } : null
  // A box without clicks has one in its middle, for the colours.
  const middle = middleOf(box)
  return { points: points.filter(({ x, y }) => x !== middle.x || y !== middle.y), box }
}

/**
 * A thing whose outline a stroke of Add or Remove is about to correct: with one more click to ask SAM about;
 * without any if the stroke is none, or an earlier one was none. What goes on outside a box or a lasso is no
 * longer bound by it.
 */
export function corrected(thing: Thing, kind: 'add' | 'remove', stroke: Stroke): Thing {
  const { clicks: _, ...other } = thing
  const before = promptOf(thing)
  const at = clickOf(stroke)
  if (before === null || at === null) return other
  const { points, off = [] } = before
  if (kind === 'remove') return { ...other, clicks: { points, off: [...off, at] } }
  const clicks = { points: [...points, at], off }
  if (isBound(other, at)) return { ...other, clicks }
  const { box, within: __, ...free } = other
  const isFirst = points.length === 0 && box !== undefined
  return { ...free, clicks: isFirst ? { points: [middleOf(box), at], off } : clicks }
}

function middleOf({ left, top, width, height }: Rectangle): Point {
  return { x: left + width / 2, y: top + height / 2 }
}

/** Where a stroke is a click, of a hand that may tremble; null for another stroke. */
function clickOf({ points: [at, ...others], radius }: Stroke): Point | null {
  if (at === undefined) return null
  return others.every(({ x, y }) => Math.hypot(x - at.x, y - at.y) <= radius) ? at : null
}

function isBound({ box, within }: Thing, at: Point): boolean {
  if (within !== undefined) return isWhite(within, at)
  return box === undefined || holds(box, at)
}
