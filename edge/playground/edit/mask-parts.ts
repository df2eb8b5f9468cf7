/** The parts of a mask that do not touch. A pure function. */

import type { Point } from '../../../shared/drag.ts'
import { labelComponents } from '../../../shared/geometry/source-mask.ts'
import { isWhite, type Mask } from '../../../shared/mask.ts'

/** A mask of each connected part with a point on it, and one of all the rest, if there is any. */
export function partsAt(mask: Mask, points: readonly Point[]): Mask[] {
  const { width, height, data } = mask
  const labels = labelComponents(data, { rows: height, cols: width })
  const on = points.filter((point) => isWhite(mask, point))
  const taken = new Set(on.map(({ x, y }) => labels[Math.floor(y) * width + Math.floor(x)]))
  const where = (holds: (label: number | undefined) => boolean): Mask => {
    const own = data.map((value, at) => (value === 1 && holds(labels[at]) ? 1 : 0))
    return { width, height, data: own }
  }
  const rest = where((label) => !taken.has(label))
  const parts = [...taken].map((part) => where((label) => label === part))
  return rest.data.includes(1) ? [...parts, rest] : parts
}
