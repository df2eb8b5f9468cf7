/** From a mask to the plan of an edit, what its pins hold, and what is recorded of the mask. */

import type { Drag, Size } from '../drag.ts'
import { filled } from '../geometry/filled.ts'
import { type Held, heldByPins } from '../geometry/held.ts'
import { type DragPlan, type Motion, type PlanOptions, planDrags } from '../geometry/plan.ts'
import type { Mask } from '../mask.ts'
import type { TokenGrid } from '../token-grid.ts'
import type { MaskRecord } from './record.ts'
import type { Warning } from './warning.ts'

/** How a mask came about. */
export type MaskOrigin = Pick<MaskRecord, 'given' | 'foundBy' | 'iterations'> & {
  /** The mask as it was sent or made. */
  readonly before: Mask
}

/** A plan with all that was found on the way. */
export type MaskPlan = {
  readonly plan: DragPlan
  readonly motion: Motion
  readonly warnings: readonly Warning[]
  /** Null without pins. */
  readonly held: Held | null
  readonly record: MaskRecord
}

/**
 * Plans an edit.
 *
 * @param fill whether holes of the mask are filled first
 * @throws EditError as {@link planDrags}
 */
export function planMask(
  image: Size,
  grid: TokenGrid,
  {
    drags,
    options,
    fill,
  }: { readonly drags: readonly Drag[]; readonly options: PlanOptions; readonly fill: boolean },
  mask: Mask,
  { before, ...origin }: MaskOrigin,
): MaskPlan {
  const whole = fill ? filled(mask) : mask
  const { warnings, motion, ...plan } = planDrags(image, grid, drags, whole, options)
  return {
    plan,
    motion,
    warnings,
    held: heldByPins(image, drags, whole, plan),
    record: {
      ...origin,
      holesFilled: fill,
      areaBefore: areaOf(before),
      areaAfter: areaOf(whole),
    },
  }
}

/** The white part of a mask, to four digits. */
function areaOf({ data }: Mask): number {
  let white = 0
  for (let i = 0; i < data.length; i++) white += data[i] as number
  return Math.round((1e4 * white) / data.length) / 1e4
}
