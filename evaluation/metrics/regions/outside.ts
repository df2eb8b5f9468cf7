/** The pixels that an edit should leave as they are. */

import { PackedMask, unpackMask } from '../../../shared/files/packed-mask.ts'
import { dilated } from '../../../shared/geometry/dilated.ts'
import { maskAt } from '../../../shared/mask.ts'
import type { EvaluationCase } from '../../case.ts'
import type { Measured } from '../../metric.ts'
import { landingOf } from './landing.ts'

/** The field of an edit's record with the pixels that it could change, as a packed mask. */
const EDIT_REGION = 'editRegion'
/** What may change around a thing and where it lands, as a part of the longer side. */
const AROUND = 1 / 32

/**
 * Flat indices of the pixels outside: those that the truth counts as outside, or else those that the
 * case's editable mask leaves out, or else those outside the edit region of the record, or else those
 * that are not near the case's thing before or after. Null where none of these is known.
 */
export async function outsideOf({ one, edited }: Measured): Promise<Uint32Array | null> {
  if (one.truth !== undefined) return one.truth.parts.outside
  if (one.mask?.kind === 'editable') return indicesOf(one.mask.mask.data, 0)
  const { success, data } = PackedMask.safeParse(edited.record[EDIT_REGION])
  if (success) return indicesOf(maskAt(await unpackMask(data), one.size).data, 0)
  return one.mask === null ? null : farFrom(one)
}

/** Pixels that are not near the thing, neither where it is nor where it lands. */
function farFrom(one: EvaluationCase): Uint32Array {
  const { source, from } = landingOf(one)
  const moved = source.map((flag, at) => flag | Number(from[at] !== -1))
  const reach = Math.round(AROUND * Math.max(one.size.width, one.size.height))
  return indicesOf(dilated(moved, one.size, reach), 0)
}

/** Flat indices of the pixels with a flag of this value. */
export function indicesOf(flags: Uint8Array, value: 0 | 1): Uint32Array {
  const indices = new Uint32Array(flags.length)
  let count = 0
  for (let at = 0; at < flags.length; at++) if (flags[at] === value) indices[count++] = at
  return indices.subarray(0, count)
}
