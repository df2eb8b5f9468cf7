/** What SAM is asked for a thing. A pure function, in pixels of the shown copy. */

import type { Point } from '../../../shared/drag.ts'
import type { SamPrompt } from '../../../shared/segmentation/things/sam-answer.ts'
import type { Thing } from './draft.ts'

/**
 * What is asked for a thing; null for one that was corrected by strokes, which the colours follow more
 * closely.
 */
export function promptOf({ add, remove, box, previous }: Thing): SamPrompt | null {
  const clicks = add.map(({ points }) => points)
  if (previous !== undefined || remove.length > 0 || clicks.some(({ length }) => length > 1))
    return null
  const points = clicks.flat()
  if (box === undefined) return points.length === 1 ? { points, box: null } : null
  // A box without clicks has one in its middle, for the colours.
  const isMiddle = ({ x, y }: Point) =>
    x === box.left + box.width / 2 && y === box.top + box.height / 2
  return { points: points.filter((point) => !isMiddle(point)), box }
}
