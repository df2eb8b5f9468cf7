/**
 * The work of an edit without a transformer. It is done on the photo's own pixels; its plan is only
 * shown.
 */

import { z } from 'zod'
import { type Drag, isPin, type Size } from '../drag.ts'
import { PackedMask } from '../files/packed-mask.ts'
import { checkHandles } from '../geometry/source-mask.ts'
import { squaresOf } from '../instant/things.ts'
import { type Mask, tokenCoverage } from '../mask.ts'
import { MovesSchema } from './moves/schema.ts'
import { DragsSchema, PlanOptionsSchema } from './plan-options.ts'
import type { Warning } from './warning.ts'

/** Schema of {@link InstantWork}. */
export const InstantWork = z.strictObject({
  kind: z.literal('instant'),
  drags: DragsSchema.readonly(),
  options: PlanOptionsSchema.pick({ scope: true, power: true }),
  /** Whether holes of the mask are filled first. */
  fill: z.boolean(),
  mask: PackedMask,
  /**
   * What the mask marks: what moves, the same before SAM refines it, what may change, discs around the
   * handles, which stand for the things there, or boxes around things.
   */
  marks: z.enum(['object', 'rough', 'editable', 'automatic', 'boxes']),
  /** With boxes, what becomes drags once the things are found: of a mask of things, numbered as they are. */
  moves: MovesSchema.exactOptional(),
})

/** What the worker makes an instant edit from. */
export type InstantWork = z.infer<typeof InstantWork>

/** Drags up to this many pixels move nothing. */
const STILL = 0.5

/**
 * The warnings of an instant edit, from those of its plan: it moves what is thinner than a token, and
 * by less than one.
 */
export function instantWarnings(planned: readonly Warning[], drags: readonly Drag[]): Warning[] {
  const exact = planned.filter(({ code }) => code !== 'thin_mask' && code !== 'nothing_moves')
  return [...stillDrags(drags), ...exact]
}

/** The warning of drags of which none is longer than half a pixel. */
export function stillDrags(drags: readonly Drag[]): Warning[] {
  const length = ({ handle, target }: Drag) => Math.hypot(target.x - handle.x, target.y - handle.y)
  if (drags.some((drag) => length(drag) > STILL)) return []
  const message = 'nothing moves, because no drag is longer than half a pixel'
  return [{ code: 'nothing_moves', message, pixels: STILL + 0.1 }]
}

/**
 * Checks that every moving handle is on the mask or beside it, by pixels (by small squares in a large
 * photo).
 *
 * @throws EditError `handle_outside_mask`
 */
export function checkHandlesByPixels(photo: Size, drags: readonly Drag[], mask: Mask): void {
  if (drags.every(isPin)) return
  const squares = squaresOf(photo)
  checkHandles(photo, squares, drags, tokenCoverage(mask, squares), mask.width * mask.height)
}
