/**
 * Turns a request into work: its sizes, and the plan. Where the plan depends on the photo, because
 * its mask is editable or is to be refined, the work holds what is needed to make it later. Used by
 * the edge and the command line.
 */

import { checkAspect, gridOf } from '../backbones.ts'
import type { Drag, Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { type PackedMask, packMask } from '../files/packed-mask.ts'
import { decodePngMask } from '../files/png.ts'
import { checkPoints, type DragPlan, type PlanOptions } from '../geometry/plan.ts'
import { checkSomethingMoves } from '../geometry/source-mask.ts'
import { areAllShort, checkMoves, nothingMoves } from '../geometry/warnings.ts'
import { automaticMask, checkHandlesOn, checkMask, type Mask } from '../mask.ts'
import type { TokenGrid } from '../token-grid.ts'
import type { CreatePlan } from './bodies.ts'
import { type MaskPlan, planMask } from './plan-mask.ts'
import { planOptions } from './plan-options.ts'
import type { MaskRecord } from './record.ts'
import type { Warning } from './warning.ts'

/** What pins hold, as it is sent to the worker. */
export type HeldWork = {
  readonly tokens: readonly number[]
  readonly pixels: PackedMask | null
}

/** What the worker makes a plan from. */
type UnplannedWork = {
  readonly drags: readonly Drag[]
  readonly options: PlanOptions
  /** Whether holes of the mask are filled first. */
  readonly fill: boolean
}

/** A plan, or what the worker makes it from: an editable mask, or one that SAM refines first. */
export type EditWork =
  | { readonly kind: 'planned'; readonly plan: DragPlan; readonly held?: HeldWork }
  | (UnplannedWork & { readonly kind: 'editable'; readonly within: PackedMask })
  | (UnplannedWork & { readonly kind: 'rough'; readonly mask: PackedMask })

/** The fields of a request that decide the geometry. */
export type PlanSettings = Omit<CreatePlan, 'image' | 'mask'>

/** The work of an edit, and what is known of it before it runs. */
export type Prepared = {
  readonly workingSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  readonly warnings: readonly Warning[]
  /** Null if the worker has to find the mask. */
  readonly mask: MaskRecord | null
}

/**
 * Checks a request and turns it into work.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null for the automatic mask
 * @param refine whether SAM refines an object mask before the plan is made from it
 * @throws EditError for invalid points, masks and geometry; `invalid_option` if an editable mask is
 * missing; `nothing_moves` if every token keeps its place
 */
export async function workOf(
  image: Size,
  settings: PlanSettings & { readonly maskKind: 'object' | 'editable' },
  maskPng: Uint8Array | null,
  refine = false,
): Promise<Prepared> {
  if (settings.maskKind === 'editable') {
    const prepared = await editableWork(image, settings, maskPng)
    const { grid } = prepared
    // The plan is not known yet, but drags this short move nothing whatever it is.
    if (areAllShort(image, grid, settings.drags))
      checkMoves([nothingMoves(image, grid, settings.drags)])
    return prepared
  }
  const { workingSize, mask, planned } = await planOf(image, settings, maskPng)
  const { plan, warnings, held, record } = planned
  checkMoves(warnings)
  const sizes = { workingSize, grid: plan.grid }
  if (refine && maskPng !== null) {
    const work = { kind: 'rough' as const, ...unplanned(settings), mask: await packMask(mask) }
    return { ...sizes, work, warnings, mask: null }
  }
  const pixels = held?.pixels ?? null
  const work = {
    kind: 'planned' as const,
    plan,
    ...(held !== null && {
      held: { tokens: held.tokens, pixels: pixels === null ? null : await packMask(pixels) },
    }),
  }
  const rough = settings.profile === 'paper' && maskPng !== null
  return { ...sizes, work, warnings: rough ? [...warnings, NOT_REFINED] : warnings, mask: record }
}

/** The mask of a paper edit that no SAM refined. */
export const NOT_REFINED: Warning = {
  code: 'mask_not_refined',
  message:
    'the paper refines masks with SAM; no SAM is configured here, so the mask is used as it is',
}

/**
 * The work of a request with an editable mask, which may turn out to move nothing.
 *
 * @throws EditError for invalid points and masks; `invalid_option` without a mask
 */
export async function editableWork(
  image: Size,
  settings: PlanSettings,
  maskPng: Uint8Array | null,
): Promise<Prepared> {
  const { drags, model } = settings
  if (maskPng === null)
    throw new EditError('invalid_option', 'maskKind is editable, but the request has no mask', {
      pointer: '/maskKind',
    })
  const sizes = gridOf(model, image)
  checkAspect(model, image)
  checkPoints(image, drags)
  const mask = await decodePngMask(maskPng)
  checkMask(mask, image)
  checkHandlesOn(mask, image, drags)
  checkSomethingMoves(drags)
  const within = await packMask(mask)
  const work = { kind: 'editable' as const, ...unplanned(settings), within }
  return { ...sizes, work, warnings: [], mask: null }
}

/**
 * Plans a request with an object mask. A plan in which nothing moves is only a warning.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null for the automatic mask
 * @throws EditError for invalid points, masks and geometry
 */
export async function planRequest(
  image: Size,
  settings: PlanSettings,
  maskPng: Uint8Array | null,
): Promise<{ readonly workingSize: Size } & Pick<MaskPlan, 'plan' | 'warnings'>> {
  const { workingSize, planned } = await planOf(image, settings, maskPng)
  return { workingSize, plan: planned.plan, warnings: planned.warnings }
}

async function planOf(image: Size, settings: PlanSettings, maskPng: Uint8Array | null) {
  const { model, drags } = settings
  checkAspect(model, image)
  checkPoints(image, drags)
  const { workingSize, grid } = gridOf(model, image)
  const mask: Mask = maskPng === null ? automaticMask(image, drags) : await decodePngMask(maskPng)
  checkMask(mask, image)
  const found = { given: maskPng !== null, foundBy: null, iterations: 0, before: mask }
  return { workingSize, mask, planned: planMask(image, grid, unplanned(settings), mask, found) }
}

function unplanned(settings: PlanSettings): UnplannedWork {
  const { drags, profile } = settings
  return { drags, options: planOptions(settings), fill: profile === 'paper' }
}
