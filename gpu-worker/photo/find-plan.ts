/**
 * The plan of an edit whose mask says what may change: the things at the handles are found in the
 * photo, and the geometry is the same as ever.
 */

import type { Drag, Size } from '../../shared/drag.ts'
import { type DragPlan, type PlanOptions, planDrags } from '../../shared/geometry/plan.ts'
import type { Mask } from '../../shared/mask.ts'
import { boundedBy, thingsWithin } from '../../shared/segmentation/editable.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import { smallPixels } from './mask-picture.ts'

/** @throws EditError as the plan of any edit, and `handle_outside_mask` */
export async function findPlan(
  photo: Uint8Array,
  image: Size,
  grid: TokenGrid,
  drags: readonly Drag[],
  options: PlanOptions,
  editable: Mask,
): Promise<DragPlan> {
  const things = thingsWithin(await smallPixels(photo), image, drags, editable)
  return boundedBy(planDrags(image, grid, drags, things, options), editable)
}
