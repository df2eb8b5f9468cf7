/**
 * Checks what a worker stored in the bucket before it counts: type, size, and that it is an image.
 */

import { contentTypes, sniffImage } from '../../../../shared/files/image-header.ts'
import type { AcceptedEdit } from '../../../rpc/edit/accepted.ts'
import type { Claim, StoredResult } from '../../../rpc/edit/state.ts'
import { attemptKey } from './run-request.ts'

/** Enough of a picture to find its size in. */
const HEADER_BYTES = 65_536

/**
 * The result of an attempt, or why there is none.
 *
 * @param claim what the worker reported; null where it never reported
 */
export async function findResult(
  bucket: R2Bucket,
  accepted: AcceptedEdit,
  attempt: number,
  claim: Claim | null,
): Promise<{ readonly result: StoredResult } | { readonly missing: string }> {
  const key = attemptKey(accepted, attempt)
  const type = contentTypes[accepted.sampler.output.format]
  const object = await bucket.get(key, { range: { offset: 0, length: HEADER_BYTES } })
  if (object === null) return { missing: 'the worker stored no result' }
  const head = new Uint8Array(await object.arrayBuffer())
  if (object.httpMetadata?.contentType !== type)
    return { missing: `the stored result is ${object.httpMetadata?.contentType}, not ${type}` }
  if (claim !== null && object.size !== claim.bytes)
    return {
      missing: `the stored result has ${object.size} bytes, but the worker reported ${claim.bytes}`,
    }
  const size = sizeOf(head)
  if (size === null) return { missing: 'the stored result is not an image' }
  return { result: { key, bytes: object.size, ...size } }
}

function sizeOf(head: Uint8Array): { width: number; height: number } | null {
  try {
    const { width, height } = sniffImage(head)
    return { width, height }
  } catch {
    return null
  }
}
