/**
 * Makes the plan of an edit from its work. With an editable mask, the things at the handles are
 * first found in the photo; a rough mask is first refined by SAM, if there is one.
 */

import type { Size } from '../shared/drag.ts'
import type { InstantWork } from '../shared/edit/instant-work.ts'
import { type MaskOrigin, planMask } from '../shared/edit/plan-mask.ts'
import type { MaskRecord } from '../shared/edit/record.ts'
import type { Warning } from '../shared/edit/warning.ts'
import { type EditWork, NOT_REFINED, type TokenWork } from '../shared/edit/work.ts'
import { unpackMask } from '../shared/files/packed-mask.ts'
import type { Held } from '../shared/geometry/held.ts'
import type { DragPlan, Motion } from '../shared/geometry/plan.ts'
import type { Mask } from '../shared/mask.ts'
import { boundedBy, thingsWithin } from '../shared/segmentation/editable.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { smallPixels } from './photo/small-pixels.ts'

/** Corrects the outline of a mask of a photo. */
export type RefineMask = (photo: Uint8Array, rough: Mask) => Promise<Mask>

/** An edit's photo, and SAM. */
export type WorkPhoto = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** Null without SAM. */
  readonly refine: RefineMask | null
}

/** An edit's photo and its work. */
export type PhotoWork = WorkPhoto & { readonly grid: TokenGrid; readonly work: EditWork }

/** The plan of an edit, and what limits its pixels. */
export type ResolvedWork = {
  readonly plan: DragPlan
  /** What moves its parts; null if nobody said, as in edits of older releases. */
  readonly motion: Motion | null
  /** The editable mask; null if the mask is not editable. */
  readonly within: Mask | null
  /** What pins hold; null without pins. */
  readonly held: Held | null
  /** What was found if the plan was made here; null if it was made before. */
  readonly found: { readonly mask: MaskRecord; readonly warnings: readonly Warning[] } | null
}

/** @throws EditError as the plan of any edit, and `handle_outside_mask` */
export async function resolveWork({ grid, work, ...photo }: PhotoWork): Promise<ResolvedWork> {
  if (work.kind === 'instant') throw new Error('the work of an instant edit has no tokens')
  if (work.kind === 'planned')
    return {
      plan: work.plan,
      motion: work.motion ?? null,
      within: null,
      held: await heldOf(work),
      found: null,
    }
  const packed = work.kind === 'rough' ? work.mask : work.within
  const found = await findMask(photo, { drags: work.drags, mask: packed, marks: work.kind })
  const { within, warnings } = found
  const made = planMask(photo.photoSize, grid, work, found.mask, found.origin)
  return {
    plan: within === null ? made.plan : boundedBy(made.plan, within),
    motion: made.motion,
    held: made.held,
    within,
    found: { mask: made.record, warnings: [...made.warnings, ...warnings] },
  }
}

/** The mask of what moves, and how it was found. */
export type FoundMask = {
  readonly mask: Mask
  readonly origin: MaskOrigin
  /** The editable mask; null if the mask is not editable. */
  readonly within: Mask | null
  readonly warnings: readonly Warning[]
}

/**
 * Unpacks the mask of an edit, and finds the things in an editable one or refines a rough one.
 *
 * @throws EditError `handle_outside_mask`
 */
export async function findMask(
  { photo, photoSize, refine }: WorkPhoto,
  { drags, mask: packed, marks }: Pick<InstantWork, 'drags' | 'mask' | 'marks'>,
): Promise<FoundMask> {
  const before = await unpackMask(packed)
  const asItIs = { given: true, foundBy: null, iterations: 0, before }
  switch (marks) {
    case 'object':
      return { mask: before, origin: asItIs, within: null, warnings: [] }
    case 'rough': {
      if (refine === null)
        return { mask: before, origin: asItIs, within: null, warnings: [NOT_REFINED] }
      const origin = { ...asItIs, foundBy: 'sam' as const, iterations: 1 }
      return { mask: await refine(photo, before), origin, within: null, warnings: [] }
    }
    case 'editable': {
      const pixels = await smallPixels(photo)
      const { things, iterations } = thingsWithin(pixels, photoSize, drags, before)
      const origin = { ...asItIs, foundBy: 'colours' as const, iterations }
      return { mask: things, origin, within: before, warnings: [] }
    }
  }
}

async function heldOf({ held }: Extract<TokenWork, { kind: 'planned' }>): Promise<Held | null> {
  if (held === undefined) return null
  const { tokens, pixels } = held
  return { tokens, pixels: pixels === null ? null : await unpackMask(pixels) }
}
