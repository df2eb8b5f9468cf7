/** Which tokens an edit moves. Needs the size of the photo, not its pixels; stores nothing. */

import type { Size } from '../../../shared/drag.ts'
import type { CreatePlan } from '../../../shared/edit/bodies.ts'
import { passesOf } from '../../../shared/edit/resolve-settings.ts'
import { withModel } from '../../../shared/edit/settings.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import { planRequest } from '../../../shared/edit/work.ts'
import { checkImageSize } from '../../../shared/files/image-header.ts'
import type { DragPlan } from '../../../shared/geometry/plan.ts'
import type { ModelName } from '../../../shared/models.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { Budgets } from '../../memory/budgets.ts'
import { heldAffects, withMaskMemory } from '../../memory/hold-mask.ts'
import type { Caller } from '../tenant.ts'
import { defaultFor } from './offered.ts'
import { editPrice, type Price, type Pricing } from './price.ts'

/** What planning takes. */
export type PlanServices = {
  readonly pricing: Pricing
  /** Models that some provider serves. */
  readonly served: readonly ModelName[]
  /** The memory for a mask. */
  readonly budgets: Budgets
}

/** A plan and what its edit would cost. */
export type PricedPlan = {
  /** The part of the photo that the plan is for; absent for all of it. */
  readonly area?: Rectangle
  readonly workingSize: Size
  readonly plan: DragPlan
  readonly warnings: readonly Warning[]
  readonly price: Price
}

/** Plans a request without a photo. @throws EditError for options, points, masks and geometry */
export async function planEdit(
  request: CreatePlan,
  { mask, affects: png }: { readonly [Name in 'mask' | 'affects']: Uint8Array | null },
  caller: Caller,
  { pricing, served, budgets }: PlanServices,
): Promise<PricedPlan> {
  const settings = withModel(request, defaultFor(caller, { served, prices: pricing.list }))
  const { image, model } = settings
  checkImageSize(image)
  const { account, mode } = caller.credential
  const affects = await heldAffects(budgets.masks, account, image, png)
  const planned = await withMaskMemory(budgets.masks, account, mask, () =>
    planRequest(image, settings, mask, affects),
  )
  const sampler = passesOf(model, settings)
  const sizes = { photo: image, workingSize: planned.workingSize }
  return { ...planned, price: editPrice(pricing, mode, model, sampler, sizes) }
}
