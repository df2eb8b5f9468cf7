/**
 * Makes the plan of an edit from its work. With an editable mask, the things at the handles are
 * first found in the photo; a rough mask is first refined by SAM, if there is one.
 */

import type { Size } from '../shared/drag.ts'
import { planMask } from '../shared/edit/plan-mask.ts'
import type { MaskRecord } from '../shared/edit/record.ts'
import type { Warning } from '../shared/edit/warning.ts'
import { type EditWork, NOT_REFINED } from '../shared/edit/work.ts'
import { unpackMask } from '../shared/files/packed-mask.ts'
import type { Held } from '../shared/geometry/held.ts'
import type { DragPlan } from '../shared/geometry/plan.ts'
import type { Mask } from '../shared/mask.ts'
import { boundedBy, thingsWithin } from '../shared/segmentation/editable.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { smallPixels } from './photo/small-pixels.ts'

/** Corrects the outline of a mask of a photo. */
export type RefineMask = (photo: Uint8Array, rough: Mask) => Promise<Mask>

/** An edit's photo and its work. */
export type PhotoWork = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  /** Null without SAM. */
  readonly refine: RefineMask | null
}

/** The plan of an edit, and what limits its pixels. */
export type ResolvedWork = {
  readonly plan: DragPlan
  /** The editable mask; null if the mask is not editable. */
  readonly within: Mask | null
  /** What pins hold; null without pins. */
  readonly held: Held | null
  /** What was found if the plan was made here; null if it was made before. */
  readonly found: { readonly mask: MaskRecord; readonly warnings: readonly Warning[] } | null
}

/** @throws EditError as the plan of any edit, and `handle_outside_mask` */
export async function resolveWork({
  photo,
  photoSize,
  grid,
  work,
  refine,
}: PhotoWork): Promise<ResolvedWork> {
  if (work.kind === 'planned')
    return { plan: work.plan, within: null, held: await heldOf(work), found: null }
  if (work.kind === 'rough') {
    const before = await unpackMask(work.mask)
    const mask = refine === null ? before : await refine(photo, before)
    const origin =
      refine === null
        ? { given: true, foundBy: null, iterations: 0, before }
        : { given: true, foundBy: 'sam' as const, iterations: 1, before }
    const made = planMask(photoSize, grid, work, mask, origin)
    const warnings = refine === null ? [...made.warnings, NOT_REFINED] : made.warnings
    return {
      plan: made.plan,
      held: made.held,
      within: null,
      found: { mask: made.record, warnings },
    }
  }
  const within = await unpackMask(work.within)
  const { things, iterations } = thingsWithin(
    await smallPixels(photo),
    photoSize,
    work.drags,
    within,
  )
  const origin = { given: true, foundBy: 'colours', iterations, before: within } as const
  const { plan, held, record, warnings } = planMask(photoSize, grid, work, things, origin)
  return { plan: boundedBy(plan, within), within, held, found: { mask: record, warnings } }
}

async function heldOf({ held }: Extract<EditWork, { kind: 'planned' }>): Promise<Held | null> {
  if (held === undefined) return null
  const { tokens, pixels } = held
  return { tokens, pixels: pixels === null ? null : await unpackMask(pixels) }
}
