/**
 * Makes the plan of an edit from its work. With an editable mask, the things at the handles are
 * first found in the photo.
 */

import type { Size } from '../../shared/drag.ts'
import type { EditWork } from '../../shared/edit/work.ts'
import { unpackMask } from '../../shared/files/packed-mask.ts'
import { type DragPlan, planDrags } from '../../shared/geometry/plan.ts'
import type { Mask } from '../../shared/mask.ts'
import { boundedBy, thingsWithin } from '../../shared/segmentation/editable.ts'
import type { TokenGrid } from '../../shared/token-grid.ts'
import { smallPixels } from './small-pixels.ts'

/** An edit's photo and its work. */
export type PhotoWork = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
}

/**
 * The plan of an edit, and its editable mask, null if the mask is not editable.
 *
 * @throws EditError as the plan of any edit, and `handle_outside_mask`
 */
export async function resolveWork({
  photo,
  photoSize,
  grid,
  work,
}: PhotoWork): Promise<{ readonly plan: DragPlan; readonly within: Mask | null }> {
  if (work.kind === 'planned') return { plan: work.plan, within: null }
  const within = await unpackMask(work.within)
  const things = thingsWithin(await smallPixels(photo), photoSize, work.drags, within)
  const plan = planDrags(photoSize, grid, work.drags, things, work.options)
  return { plan: boundedBy(plan, within), within }
}
