/** Which tokens an edit moves. Needs the size of the photo, not its pixels; stores nothing. */

import { backbones } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import { type CreatePlan, type EditSettings, planOptions } from '../../../shared/edit.ts'
import { EditError } from '../../../shared/errors.ts'
import { checkImageSize } from '../../../shared/files/image-header.ts'
import { packMask } from '../../../shared/files/mask-bits.ts'
import { decodePngMask } from '../../../shared/files/png.ts'
import { checkPoints } from '../../../shared/geometry/plan.ts'
import { checkHandlesOn, checkMask } from '../../../shared/mask.ts'
import { type PlannedEdit, planRequest } from '../../../shared/plan-request.ts'
import type { Mode } from '../../access/keys.ts'
import type { AcceptedEdit } from '../../objects/edit/state.ts'
import { editPrice, type Price, type Pricing } from './price.ts'

/** Plans a request without a photo. @throws EditError for points, masks and geometry */
export async function planEdit(
  request: CreatePlan,
  mask: Uint8Array | null,
  { mode, pricing }: { readonly mode: Mode; readonly pricing: Pricing },
): Promise<PlannedEdit & { readonly price: Price }> {
  checkImageSize(request.image)
  const planned = await planRequest(request.image, request, mask)
  const sampler = {
    steps: request.steps ?? backbones[request.model].steps.default,
    trueGuidance: request.trueGuidance,
  }
  return {
    ...planned,
    price: editPrice(pricing, mode, request.model, sampler, planned.workingSize),
  }
}

/**
 * How the worker is told what moves: by the plan, or where the mask says what may change, by `find`,
 * from which the worker plans itself; the plan made here is of the whole mask then.
 *
 * @throws EditError for points, masks and geometry
 */
export async function planPhoto(
  image: Size,
  settings: EditSettings,
  mask: Uint8Array | null,
): Promise<PlannedEdit & Pick<AcceptedEdit, 'find'>> {
  const find = await findingOf(image, settings, mask)
  return { ...(await planRequest(image, settings, mask)), find }
}

/** @throws EditError `invalid_option` without a mask, `handle_outside_mask` */
async function findingOf(
  image: Size,
  settings: EditSettings,
  mask: Uint8Array | null,
): Promise<AcceptedEdit['find']> {
  const { drags, maskKind } = settings
  if (maskKind === 'object') return null
  if (mask === null)
    throw new EditError('invalid_option', 'maskKind is editable, and there is no mask', {
      pointer: '/maskKind',
    })
  checkPoints(image, drags)
  const within = await decodePngMask(mask)
  checkMask(within, image)
  checkHandlesOn(within, image, drags)
  return { drags, options: planOptions(settings), within: packMask(within) }
}
