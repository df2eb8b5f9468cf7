/** Digests that say whether a result is still the one that would be made now. */

import { createHash } from 'node:crypto'
import type { EvaluationCase } from '../case.ts'

/** SHA-256 of parts, each with its length. */
export function digestOf(parts: readonly (Uint8Array | string)[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}

/** Of everything in a case. */
export function digestOfCase(one: EvaluationCase): string {
  const { photo, mask, affects, truth, ...rest } = one
  const bytes = (view: ArrayBufferView | undefined) =>
    view === undefined
      ? new Uint8Array()
      : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
  const parts = Object.values(truth?.parts ?? {})
  return digestOf([
    ordered(rest),
    photo,
    mask?.kind ?? '',
    bytes(mask?.mask.data),
    bytes(mask?.mask.things),
    bytes(affects),
    bytes(truth?.picture.data),
    ...parts.map(bytes),
  ])
}

/** JSON whose keys are in order, at every level. */
export function ordered(value: unknown): string {
  return JSON.stringify(value, (_, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  )
}
