/** Which tokens an edit moves. Needs the size of the photo, not its pixels; stores nothing. */

import { backbones } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import type { CreatePlan } from '../../../shared/edit/bodies.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import { planRequest } from '../../../shared/edit/work.ts'
import { checkImageSize } from '../../../shared/files/image-header.ts'
import type { DragPlan } from '../../../shared/geometry/plan.ts'
import type { Credential } from '../../access/keys.ts'
import type { Budgets } from '../../memory/budgets.ts'
import { withMaskMemory } from '../../memory/hold-mask.ts'
import { editPrice, type Price, type Pricing } from './price.ts'

/** A plan and what its edit would cost. */
export type PricedPlan = {
  readonly workingSize: Size
  readonly plan: DragPlan
  readonly warnings: readonly Warning[]
  readonly price: Price
}

/** Who asks, the prices, and the memory for a mask. */
export type PlanServices = {
  readonly credential: Credential
  readonly pricing: Pricing
  readonly budgets: Budgets
}

/** Plans a request without a photo. @throws EditError for points, masks and geometry */
export async function planEdit(
  request: CreatePlan,
  mask: Uint8Array | null,
  { credential, pricing, budgets }: PlanServices,
): Promise<PricedPlan> {
  const { image, model, steps, trueGuidance } = request
  checkImageSize(image)
  const planned = await withMaskMemory(budgets.masks, credential.account, mask, () =>
    planRequest(image, request, mask),
  )
  const sampler = { trueGuidance, steps: steps ?? backbones[model].steps.default }
  return {
    ...planned,
    price: editPrice(pricing, credential.mode, model, sampler, planned.workingSize),
  }
}
