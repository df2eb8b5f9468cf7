/**
 * From a request's own words to its plan: sizes, mask or automatic mask, geometry. The same at the
 * edge and in the CLI.
 */

import { gridOf } from './backbones.ts'
import type { Size } from './drag.ts'
import { type CreatePlan, planOptions } from './edit.ts'
import { decodePngMask } from './files/png.ts'
import { checkPoints, type DragPlan, planDrags } from './geometry/plan.ts'
import { automaticMask, checkMask } from './mask.ts'

/** A plan and the size the backbone works at. */
export type PlannedEdit = { readonly workingSize: Size; readonly plan: DragPlan }

/**
 * Plans a request.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null to have one made around the handles
 * @throws EditError for points, masks and geometry that cannot be
 */
export async function planRequest(
  image: Size,
  settings: Omit<CreatePlan, 'image' | 'mask'>,
  maskPng: Uint8Array | null,
): Promise<PlannedEdit> {
  checkPoints(image, settings.drags)
  const { workingSize, grid } = gridOf(settings.model, image)
  const mask =
    maskPng === null ? automaticMask(image, settings.drags) : await decodePngMask(maskPng)
  checkMask(mask, image)
  return { workingSize, plan: planDrags(image, grid, settings.drags, mask, planOptions(settings)) }
}
