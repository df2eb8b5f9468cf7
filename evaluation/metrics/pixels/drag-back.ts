/**
 * Drag-back (DragLoRA): the result is edited again with the drags reversed, and compared with the
 * photo. Takes as long as an edit.
 */

import { type Drag, isPin } from '../../../shared/drag.ts'
import type { CaseMask, EvaluationCase } from '../../case.ts'
import type { Metric } from '../../metric.ts'
import { encodePicture, type Picture } from '../../picture.ts'
import { landedFrom } from '../regions/landing.ts'
import { indicesOf } from '../regions/outside.ts'
import { psnr } from './background.ts'

export const dragBack: Metric = {
  name: 'drag-back',
  columns: { psnr: 'higher', 'inside-psnr': 'higher' },
  async measure({ one, photo, edited, engine }, signal) {
    // Results that were made elsewhere have no stages, and cannot be edited again.
    if (Object.keys(edited.timings).length === 0) return {}
    const { picture } = await engine.edit(await reversed(one, edited.picture), signal)
    const inside = one.mask === null ? null : indicesOf(one.mask.mask.data, 1)
    return {
      psnr: psnr(photo, picture),
      ...(inside !== null && { 'inside-psnr': psnr(photo, picture, inside) }),
    }
  },
  async close() {},
}

/**
 * The case that takes a result back. Its mask of the thing is where the thing landed. Where shadows are
 * now, nobody knows.
 */
export async function reversed(one: EvaluationCase, result: Picture): Promise<EvaluationCase> {
  const { truth: _truth, affects: _affects, ...rest } = one
  return {
    ...rest,
    id: `${one.id}~back`,
    photo: await encodePicture(result),
    drags: one.drags.map(back),
    scored: one.scored.map(back),
    mask: one.mask === null ? null : landedMask(one.mask, one),
  }
}

function back(drag: Drag): Drag {
  return isPin(drag) ? drag : { handle: drag.target, target: drag.handle }
}

/** An editable mask stays where it is. */
function landedMask({ kind, mask }: CaseMask, { size, drags }: EvaluationCase): CaseMask {
  if (kind === 'editable') return { kind, mask }
  const from = landedFrom(mask, size, drags)
  return { kind, mask: { ...size, data: Uint8Array.from(from, (source) => Number(source !== -1)) } }
}
