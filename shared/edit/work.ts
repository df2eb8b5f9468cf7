/**
 * Turns a request into work: its sizes, and the plan. Where the plan depends on the photo, because
 * its mask is editable or missing, or is to be refined, the work holds what is needed to make it later.
 * Used by the edge and the command line.
 */

import type { Drag, Size } from '../drag.ts'
import { EditError } from '../errors.ts'
import { type PackedMask, packMask } from '../files/packed-mask.ts'
import { decodePngMask, decodePngThings } from '../files/png.ts'
import { checkPoints, type DragPlan, type Motion, type PlanOptions } from '../geometry/plan.ts'
import { checkSomethingMoves } from '../geometry/source-mask.ts'
import { checkMoves, shortDrags } from '../geometry/warnings.ts'
import { automaticMask, checkHandlesOn, checkMask, type Mask } from '../mask.ts'
import { checkAspect, gridOf, isBackbone } from '../models.ts'
import type { Rectangle } from '../segmentation/lab.ts'
import type { TokenGrid } from '../token-grid.ts'
import type { Affects } from './area/affects.ts'
import { dragsWithin, maskWithin } from './area/within.ts'
import { checkWorkingArea, workingArea } from './area/working-area.ts'
import type { CreatePlan } from './bodies.ts'
import {
  checkHandlesByPixels,
  type InstantWork,
  instantWarnings,
  stillDrags,
} from './instant-work.ts'
import { type BoxMove, checkBoxMoves } from './moves/box-move.ts'
import { dragsOfMoves, maskOfBoxes } from './moves/drags.ts'
import { type MaskPlan, planMask } from './plan-mask.ts'
import { planOptions } from './plan-options.ts'
import type { MaskRecord } from './record.ts'
import type { WithModel } from './settings.ts'
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

/**
 * A plan, or what the worker makes it from: an editable mask, one that SAM refines first, an
 * automatic one, which stands for the things at the handles, or boxes around things.
 */
export type TokenWork =
  | {
      readonly kind: 'planned'
      readonly plan: DragPlan
      readonly motion?: Motion
      readonly held?: HeldWork
    }
  | (UnplannedWork & { readonly kind: 'editable'; readonly within: PackedMask })
  | (UnplannedWork & { readonly kind: 'rough'; readonly mask: PackedMask })
  | (UnplannedWork & { readonly kind: 'automatic'; readonly mask: PackedMask })
  | (UnplannedWork & {
      readonly kind: 'boxes'
      readonly mask: PackedMask
      readonly moves: readonly BoxMove[]
    })

/** What a transformer works from, or what an instant edit is made from. */
export type EditWork = TokenWork | InstantWork

/** The fields of a request that decide the geometry. */
export type PlanSettings = WithModel<Omit<CreatePlan, 'image' | 'mask' | 'affects'>>

/** The work of an edit, and what is known of it before it runs. */
export type Prepared<Work = EditWork> = {
  readonly workingSize: Size
  readonly grid: TokenGrid
  /** The part of the photo that the work is for; absent for all of it. */
  readonly area?: Rectangle
  readonly work: Work
  readonly warnings: readonly Warning[]
  /** Null if the worker has to find the mask. */
  readonly mask: MaskRecord | null
}

/**
 * Checks a request and turns it into work.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null if the worker is to find the things at the handles
 * @param refine whether SAM refines an object mask before the plan is made from it
 * @param affects what else may change, which a crop has to hold; null for nothing
 * @throws EditError for invalid points, masks and geometry; `invalid_option` if an editable mask is
 * missing; `nothing_moves` if every token keeps its place
 */
export async function workOf(
  image: Size,
  settings: PlanSettings & { readonly maskKind: 'object' | 'editable' },
  maskPng: Uint8Array | null,
  refine = false,
  affects: Affects | null = null,
): Promise<Prepared> {
  const { model, drags, maskKind } = settings
  const instant = !isBackbone(model)
  checkBoxMoves(settings, maskKind)
  if (maskKind === 'editable') {
    const prepared = await editableWork(image, settings, maskPng)
    const { grid, work } = prepared
    // What moves is not known yet, but drags this short move nothing whatever it is.
    checkMoves(instant ? stillDrags(drags) : shortDrags(image, grid, drags))
    return instant ? { ...prepared, work: instantWork(work, work.within, 'editable') } : prepared
  }
  if (maskPng === null && settings.moves.length > 0) return boxesWork(image, settings)
  if (maskPng === null) {
    const { made, ...sizes } = unplannedWork(image, settings)
    checkMoves(instant ? stillDrags(drags) : shortDrags(image, sizes.grid, drags))
    const mask = await packMask(automaticMask(image, drags))
    const automatic = { kind: 'automatic' as const, ...made, mask }
    const work = instant ? instantWork(automatic, mask, 'automatic') : automatic
    return { ...sizes, work, warnings: [], mask: null }
  }
  const { workingSize, area, mask, planned, made } = await planOf(
    image,
    settings,
    maskPng,
    affects,
    refine,
  )
  const { plan, warnings, record } = planned
  checkMoves(warnings)
  if (instant) checkHandlesByPixels(image, made.drags, mask)
  const sizes = { workingSize, grid: plan.grid, ...(area !== null && { area }) }
  if (refine) {
    const rough = { kind: 'rough' as const, ...made, mask: await packMask(mask) }
    const work = instant ? instantWork(rough, rough.mask, 'rough') : rough
    return { ...sizes, work, warnings, mask: null }
  }
  const work = instant
    ? instantWork(made, await packMask(mask), 'object')
    : await plannedWork(planned)
  const rough = settings.profile === 'paper'
  return { ...sizes, work, warnings: rough ? [...warnings, NOT_REFINED] : warnings, mask: record }
}

/** The work of a request whose things are found in the boxes of its moves. */
async function boxesWork(image: Size, settings: PlanSettings): Promise<Prepared> {
  const boxes = maskOfBoxes(image, settings.moves)
  const drags = dragsFor(image, settings, boxes, true)
  const { made, ...sizes } = unplannedWork(image, { ...settings, scope: 'thing' }, drags)
  const instant = !isBackbone(settings.model)
  checkMoves(instant ? stillDrags(drags) : shortDrags(image, sizes.grid, drags))
  const mask = await packMask(boxes)
  const { moves } = settings
  const work = instant
    ? { ...instantWork(made, mask, 'boxes'), moves }
    : { kind: 'boxes' as const, ...made, mask, moves }
  return { ...sizes, work, warnings: [], mask: null }
}

/** The drags of a request, and those that its moves stand for. @param byNumber as `dragsOfMoves` */
function dragsFor(
  image: Size,
  { drags, moves }: PlanSettings,
  mask: Mask,
  byNumber: boolean,
): readonly Drag[] {
  return moves.length === 0 ? drags : [...dragsOfMoves(image, moves, mask, byNumber), ...drags]
}

async function plannedWork({ plan, motion, held }: MaskPlan): Promise<TokenWork> {
  if (held === null) return { kind: 'planned', plan, motion }
  const { tokens, pixels } = held
  const packed = pixels === null ? null : await packMask(pixels)
  return { kind: 'planned', plan, motion, held: { tokens, pixels: packed } }
}

function instantWork(
  { drags, options: { scope, power }, fill }: UnplannedWork,
  mask: PackedMask,
  marks: InstantWork['marks'],
): InstantWork {
  return { kind: 'instant', drags, options: { scope, power }, fill, mask, marks }
}

/** The mask of a paper edit that no SAM refined. */
export const NOT_REFINED: Warning = {
  code: 'mask_not_refined',
  message:
    'the paper profile refines masks with SAM, but no SAM is configured here, so the mask is used as it is',
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
): Promise<Prepared<Extract<EditWork, { kind: 'editable' }>>> {
  if (maskPng === null)
    throw new EditError('invalid_option', 'maskKind is editable, but the request has no mask', {
      pointer: '/maskKind',
    })
  const { made, ...sizes } = unplannedWork(image, settings)
  const mask = await decodePngMask(maskPng)
  checkMask(mask, image)
  checkHandlesOn(mask, image, settings.drags)
  const within = await packMask(mask)
  const work = { kind: 'editable' as const, ...made, within }
  return { ...sizes, work, warnings: [], mask: null }
}

/** The sizes of work whose mask is found in the photo, and what its plan is made from. */
function unplannedWork(
  image: Size,
  settings: PlanSettings,
  drags: readonly Drag[] = settings.drags,
) {
  const { model, workingArea: choice } = settings
  checkWorkingArea(choice)
  const sizes = gridOf(model, image)
  checkAspect(model, image)
  checkPoints(image, drags)
  checkSomethingMoves(drags)
  return { ...sizes, made: unplanned(settings, drags) }
}

/** The plan of a mask that an edit would find in its photo. */
export const NOT_FINAL: Warning = {
  code: 'mask_not_final',
  message:
    'the edit finds what moves in the photo, by SAM if the worker has one; this plan is made without SAM, so the edit may move something else',
}

/** A plan, and the part of the photo that it is for; absent for all of it. */
export type RequestedPlan = { readonly workingSize: Size; readonly area?: Rectangle } & Pick<
  MaskPlan,
  'plan' | 'warnings'
>

/**
 * Plans a request with an object mask, or with boxes or discs around the handles, and then says that the edit
 * finds its own mask. A plan in which nothing moves is only a warning. That of an instant edit is on
 * the grid of `embedded`, and only shown: it moves single pixels.
 *
 * @param image size as displayed, in pixels
 * @param maskPng the mask's file, or null for the automatic mask
 * @param affects what else may change; null for nothing
 * @throws EditError for invalid points, masks and geometry
 */
export async function planRequest(
  image: Size,
  settings: PlanSettings,
  maskPng: Uint8Array | null,
  affects: Affects | null = null,
): Promise<RequestedPlan> {
  checkBoxMoves(settings, 'object')
  const { workingSize, area, planned } = await planOf(image, settings, maskPng, affects)
  const { plan, warnings } = planned
  const said = maskPng === null ? [NOT_FINAL, ...warnings] : warnings
  return { workingSize, ...(area !== null && { area }), plan, warnings: said }
}

async function planOf(
  image: Size,
  settings: PlanSettings,
  maskPng: Uint8Array | null,
  affects: Affects | null,
  refine = false,
) {
  const { model, moves } = settings
  checkAspect(model, image)
  if (moves.length === 0) checkPoints(image, settings.drags)
  const boxes = maskPng === null && moves.length > 0
  const mask: Mask = boxes
    ? maskOfBoxes(image, moves)
    : maskPng === null
      ? automaticMask(image, settings.drags)
      : await objectMask(maskPng, settings)
  checkMask(mask, image)
  const drags = dragsFor(image, settings, mask, boxes)
  checkPoints(image, drags)
  const found = { given: maskPng !== null, foundBy: null, iterations: 0, before: mask }
  const made = unplanned({ ...settings, ...(boxes && { scope: 'thing' as const }) }, drags)
  // What an edit finds in its photo is not known here, and neither is the crop around it.
  const later = refine || settings.profile === 'paper' || maskPng === null
  if (later) checkWorkingArea(settings.workingArea)
  const area =
    isBackbone(model) && !later
      ? workingArea(model, image, drags, mask, settings.workingArea, affects?.box ?? null)
      : null
  if (area !== null) {
    const { workingSize, grid } = gridOf(model, area)
    const within = { ...made, drags: dragsWithin(drags, area) }
    const planned = planMask(area, grid, within, maskWithin(mask, image, area), found)
    // The crop has all of the mask: its part of the photo is that of the whole.
    const record = { ...planned.record, areaAfter: planned.record.areaBefore }
    return { workingSize, area, mask, made, planned: { ...planned, record } }
  }
  const { workingSize, grid } = gridOf(model, image)
  const planned = planMask(image, grid, made, mask, found)
  const { warnings } = planned
  const exact = isBackbone(model) ? warnings : instantWarnings(warnings, drags)
  return { workingSize, area, mask, made, planned: { ...planned, warnings: exact } }
}

function objectMask(png: Uint8Array, { scope }: PlanSettings): Promise<Mask> {
  return scope === 'thing' ? decodePngThings(png) : decodePngMask(png)
}

function unplanned(settings: PlanSettings, drags: readonly Drag[]): UnplannedWork {
  const { profile } = settings
  return { drags, options: planOptions(settings), fill: profile === 'paper' }
}
