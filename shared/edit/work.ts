/**
 * Turns a request into work: its sizes, and the plan. With an editable mask the plan depends on the
 * photo, so the work holds what is needed to make it later. Used by the edge and the command line.
 */

import { checkAspect, gridOf } from '../backbones.ts'
import type { Drag, Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { type PackedMask, packMask } from '../files/packed-mask.ts'
import { decodePngMask } from '../files/png.ts'
import { checkPoints, type DragPlan, type PlanOptions, planDrags } from '../geometry/plan.ts'
import { checkSomethingMoves } from '../geometry/source-mask.ts'
import { automaticMask, checkHandlesOn, checkMask } from '../mask.ts'
import type { TokenGrid } from '../token-grid.ts'
import type { CreatePlan } from './bodies.ts'
import { planOptions } from './plan-options.ts'

/** A plan (from an object mask), or what the worker makes it from (an editable mask). */
export type EditWork =
  | { readonly kind: 'planned'; readonly plan: DragPlan }
  | {
      readonly kind: 'editable'
      readonly drags: readonly Drag[]
      readonly options: PlanOptions
      readonly within: PackedMask
    }

/** The fields of a request that decide the geometry. */
export type PlanSettings = Omit<CreatePlan, 'image' | 'mask'>

/**
 * Checks a request and turns it into work.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null for the automatic mask
 * @throws EditError for invalid points, masks and geometry; `invalid_option` if an editable mask is
 * missing
 */
export async function workOf(
  image: Size,
  settings: PlanSettings & { readonly maskKind: 'object' | 'editable' },
  maskPng: Uint8Array | null,
): Promise<{ readonly workingSize: Size; readonly grid: TokenGrid; readonly work: EditWork }> {
  const { drags, maskKind, model } = settings
  if (maskKind === 'object') {
    const { workingSize, plan } = await planRequest(image, settings, maskPng)
    return { workingSize, grid: plan.grid, work: { kind: 'planned', plan } }
  }
  if (maskPng === null)
    throw new EditError('invalid_option', 'maskKind is editable, but the request has no mask', {
      pointer: '/maskKind',
    })
  checkAspect(model, image)
  checkPoints(image, drags)
  const mask = await decodePngMask(maskPng)
  checkMask(mask, image)
  checkHandlesOn(mask, image, drags)
  checkSomethingMoves(drags)
  const within = await packMask(mask)
  const work = { kind: 'editable' as const, drags, options: planOptions(settings), within }
  return { ...gridOf(model, image), work }
}

/**
 * Plans a request with an object mask.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null for the automatic mask
 * @throws EditError for invalid points, masks and geometry
 */
export async function planRequest(
  image: Size,
  settings: PlanSettings,
  maskPng: Uint8Array | null,
): Promise<{ readonly workingSize: Size; readonly plan: DragPlan }> {
  checkAspect(settings.model, image)
  checkPoints(image, settings.drags)
  const { workingSize, grid } = gridOf(settings.model, image)
  const mask =
    maskPng === null ? automaticMask(image, settings.drags) : await decodePngMask(maskPng)
  checkMask(mask, image)
  return { workingSize, plan: planDrags(image, grid, settings.drags, mask, planOptions(settings)) }
}
