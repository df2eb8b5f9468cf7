/** What SAM is asked for a thing. Pure functions, in pixels of the shown copy. */

import type { Point } from '../../../shared/drag.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { Stroke } from '../../../shared/segmentation/seeds.ts'
import type { SamPrompt } from '../../../shared/segmentation/things/sam-answer.ts'
import type { Thing } from './draft.ts'

/**
 * What is asked for a thing; null for one that was corrected by strokes, which the colours follow more
 * closely.
 */
export function promptOf({ add, remove, box, previous, clicks }: Thing): SamPrompt | null {
  if (clicks !== undefined) {
    const isInside = box !== undefined && clicks.points.every((point) => has(box, point))
    return { ...clicks, box: isInside ? box : null }
  }
  const strokes = add.map(({ points }) => points)
  if (previous !== undefined || remove.length > 0 || strokes.some(({ length }) => length > 1))
    return null
  const points = strokes.flat()
  if (box === undefined) return points.length === 1 ? { points, box: null } : null
  // A box without clicks has one in its middle, for the colours.
  const isMiddle = ({ x, y }: Point) =>
    x === box.left + box.width / 2 && y === box.top + box.height / 2
  return { points: points.filter((point) => !isMiddle(point)), box }
}

/** The clicks of a thing with one more, which corrects it; nothing where a stroke does, or has done so. */
export function withClick(
  thing: Thing,
  kind: 'add' | 'remove',
  { points: [at, ...others], radius }: Stroke,
): Pick<Thing, 'clicks'> {
  const before = promptOf(thing)
  if (before === null || at === undefined) return {}
  if (others.some(({ x, y }) => Math.hypot(x - at.x, y - at.y) > radius)) return {}
  const { points, off = [] } = before
  return {
    clicks: kind === 'add' ? { points: [...points, at], off } : { points, off: [...off, at] },
  }
}

function has({ left, top, width, height }: Rectangle, { x, y }: Point): boolean {
  return x >= left && y >= top && x < left + width && y < top + height
}
