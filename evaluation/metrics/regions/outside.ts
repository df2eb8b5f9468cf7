/** The pixels that an edit should leave as they are. */

import { PackedMask, unpackMask } from '../../../shared/files/packed-mask.ts'
import { maskAt } from '../../../shared/mask.ts'
import type { Measured } from '../../metric.ts'

/** The field of an edit's record with the pixels that it could change, as a packed mask. */
const EDIT_REGION = 'editRegion'

/**
 * Flat indices of the pixels outside: those that the truth counts as outside, or else those that the
 * case's editable mask leaves out, or else those outside the edit region of the record. Null where
 * none of these is known.
 */
export async function outsideOf({ one, edited }: Measured): Promise<Uint32Array | null> {
  if (one.truth !== undefined) return one.truth.parts.outside
  if (one.mask?.kind === 'editable') return indicesOf(one.mask.mask.data, 0)
  const { success, data } = PackedMask.safeParse(edited.record[EDIT_REGION])
  return success ? indicesOf(maskAt(await unpackMask(data), one.size).data, 0) : null
}

/** Flat indices of the pixels with a flag of this value. */
export function indicesOf(flags: Uint8Array, value: 0 | 1): Uint32Array {
  const indices = new Uint32Array(flags.length)
  let count = 0
  for (let at = 0; at < flags.length; at++) if (flags[at] === value) indices[count++] = at
  return indices.subarray(0, count)
}
