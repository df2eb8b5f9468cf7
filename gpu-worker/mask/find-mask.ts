/** The mask of what moves in an edit: as it was sent, refined by SAM, or found in the photo. */

import { type Drag, isPin, type Size } from '../../shared/drag.ts'
import type { InstantWork } from '../../shared/edit/instant-work.ts'
import { dragsOfMoves } from '../../shared/edit/moves/drags.ts'
import type { MaskOrigin } from '../../shared/edit/plan-mask.ts'
import type { Warning } from '../../shared/edit/warning.ts'
import { NOT_REFINED } from '../../shared/edit/work.ts'
import { unpackMask } from '../../shared/files/packed-mask.ts'
import { type Mask, maskOfThing, maskOfThings, thingNumbers } from '../../shared/mask.ts'
import type { EditSam } from './edit-sam.ts'
import { findInBoxes } from './find-in-boxes.ts'
import { findThings } from './find-things.ts'

/** An edit's photo, SAM, and what ends the search for masks. */
export type WorkPhoto = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** Null without SAM. */
  readonly sam: EditSam | null
  readonly signal: AbortSignal
}

/** The mask of what moves, and how it was found. */
export type FoundMask = {
  readonly mask: Mask
  readonly origin: MaskOrigin
  /** White on what may change: the editable mask, or where places bend. Null for no limit. */
  readonly within: Mask | null
  /**
   * White on what belongs to the things and stays, of the mask's size and black on the mask; null if the
   * mask was not found.
   */
  readonly fixed: Mask | null
  readonly warnings: readonly Warning[]
  /** Those of the work, or those that its moves became. */
  readonly drags: readonly Drag[]
}

/**
 * Unpacks the mask of an edit, and finds the things in an editable one or in boxes, or those at the handles
 * if nothing was sent, or refines a rough one.
 *
 * @param bends whether a place may bend where SAM finds no thing: pixels can, tokens cannot
 * @throws EditError `handle_outside_mask`; the signal's reason when it is aborted
 */
export async function findMask(
  { photo, photoSize, sam, signal }: WorkPhoto,
  {
    drags,
    mask: packed,
    marks,
    moves = [],
  }: Pick<InstantWork, 'drags' | 'mask' | 'marks' | 'moves'>,
  bends = false,
): Promise<FoundMask> {
  const before = await unpackMask(packed)
  const asItIs = { given: marks !== 'automatic', foundBy: null, iterations: 0, before }
  switch (marks) {
    case 'object':
      return { mask: before, origin: asItIs, within: null, fixed: null, warnings: [], drags }
    case 'rough': {
      if (sam === null)
        return {
          mask: before,
          origin: asItIs,
          within: null,
          fixed: null,
          warnings: [NOT_REFINED],
          drags,
        }
      const origin = { ...asItIs, foundBy: 'sam' as const, iterations: 1 }
      return {
        mask: await refined(photo, before, sam),
        origin,
        within: null,
        fixed: null,
        warnings: [],
        drags,
      }
    }
    case 'boxes': {
      const { foundBy, mask, warnings } = await findInBoxes(
        { photo, photoSize, sam, signal },
        moves,
      )
      const pins = drags.filter(isPin)
      return {
        mask,
        origin: { ...asItIs, given: false, foundBy, iterations: moves.length },
        within: null,
        fixed: null,
        warnings,
        drags: [...dragsOfMoves(photoSize, moves, mask, true), ...pins],
      }
    }
    case 'editable':
    case 'automatic': {
      const within = marks === 'editable' ? before : null
      const asked = { photo, photoSize, drags, within, sam, signal, bends }
      const { foundBy, iterations, ...found } = await findThings(asked)
      // The editable mask as it was sent: that of the search may be smaller.
      return {
        ...found,
        within: within ?? found.within,
        drags,
        origin: { ...asItIs, foundBy, iterations },
      }
    }
  }
}

/** Of a mask of things, each is refined on its own. */
async function refined(photo: Uint8Array, rough: Mask, sam: EditSam): Promise<Mask> {
  const numbers = thingNumbers(rough)
  if (numbers.length === 0) return sam.refine(photo, rough)
  const each: Uint8Array[] = []
  for (const number of numbers)
    each.push((await sam.refine(photo, maskOfThing(rough, number))).data)
  return maskOfThings(rough, each)
}
