/** The limit that an editable mask (as in drag benchmarks) sets to a plan. */

import type { DragPlan } from '../geometry/plan.ts'
import { type Mask, tokenCoverage } from '../mask.ts'

/** The plan with its edit region limited to the editable mask. */
export function boundedBy(plan: DragPlan, editable: Mask): DragPlan {
  const coverage = tokenCoverage(editable, plan.grid)
  return { ...plan, editRegion: plan.editRegion.filter((token) => coverage[token]! > 0) }
}
