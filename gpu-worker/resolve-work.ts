/**
 * Makes the plan of an edit from its work. With an editable mask or none, the things at the handles
 * are first found in the photo; a rough mask is first refined by SAM, if there is one.
 */

import { planMask } from '../shared/edit/plan-mask.ts'
import type { MaskRecord } from '../shared/edit/record.ts'
import type { Warning } from '../shared/edit/warning.ts'
import type { EditWork, TokenWork } from '../shared/edit/work.ts'
import { unpackMask } from '../shared/files/packed-mask.ts'
import type { Held } from '../shared/geometry/held.ts'
import type { DragPlan, Motion } from '../shared/geometry/plan.ts'
import type { Mask } from '../shared/mask.ts'
import { boundedBy } from '../shared/segmentation/editable.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { findMask, type WorkPhoto } from './mask/find-mask.ts'

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
  /** What moves, if it was found here; null if the plan was made before. */
  readonly moved: Mask | null
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
      moved: null,
    }
  const packed = work.kind === 'editable' ? work.within : work.mask
  const moves = work.kind === 'boxes' ? { moves: work.moves } : {}
  const asked = { drags: work.drags, mask: packed, marks: work.kind, ...moves }
  const found = await findMask(photo, asked)
  const { within, warnings, drags } = found
  const made = planMask(photo.photoSize, grid, { ...work, drags }, found.mask, found.origin)
  return {
    plan: within === null ? made.plan : boundedBy(made.plan, within),
    motion: made.motion,
    held: made.held,
    within,
    found: { mask: made.record, warnings: [...made.warnings, ...warnings] },
    moved: found.mask,
  }
}

async function heldOf({ held }: Extract<TokenWork, { kind: 'planned' }>): Promise<Held | null> {
  if (held === undefined) return null
  const { tokens, pixels } = held
  return { tokens, pixels: pixels === null ? null : await unpackMask(pixels) }
}
