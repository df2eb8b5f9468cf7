/**
 * Checks what a worker stored in the bucket before it counts: type, size, and that it is an image.
 */

import type { Size } from '../../../../shared/drag.ts'
import { EditError } from '../../../../shared/errors.ts'
import { contentTypes, sniffHead } from '../../../../shared/files/image-header.ts'
import type { AcceptedEdit } from '../../../rpc/edit/accepted.ts'
import type { Claim, StoredResult } from '../../../rpc/edit/state.ts'
import { attemptKey } from './run-request.ts'

/**
 * How many first bytes of a picture are read to find its size, eight times as many each time they do
 * not suffice. A colour profile of up to 16.7 MB may come before the size in a JPEG.
 */
const FIRST_HEAD_BYTES = 65_536
const MAX_HEAD_BYTES = FIRST_HEAD_BYTES * 8 ** 3

/** A result, or why there is none, and whether something else is stored in its place. */
type Found =
  | { readonly result: StoredResult }
  | { readonly missing: string; readonly stored: boolean }

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
): Promise<Found> {
  const key = attemptKey(accepted, attempt)
  const type = contentTypes[accepted.sampler.output.format]
  for (let length = FIRST_HEAD_BYTES; ; length *= 8) {
    const object = await bucket.get(key, { range: { offset: 0, length } })
    if (object === null) return { missing: 'the worker stored no result', stored: false }
    const head = new Uint8Array(await object.arrayBuffer())
    if (object.httpMetadata?.contentType !== type)
      return wrong(`the stored result is ${object.httpMetadata?.contentType}, not ${type}`)
    if (claim !== null && object.size !== claim.bytes)
      return wrong(
        `the stored result has ${object.size} bytes, but the worker reported ${claim.bytes}`,
      )
    const size = sizeIn(head)
    if (size === null) return wrong('the stored result is not an image')
    if (size !== 'cut') return { result: { key, bytes: object.size, ...size } }
    if (length >= Math.min(object.size, MAX_HEAD_BYTES))
      return wrong('the stored result ends within its header')
  }
}

function wrong(missing: string): Found {
  return { missing, stored: true }
}

/** Size of the picture that begins with some bytes; null if they begin none. */
function sizeIn(head: Uint8Array): Size | 'cut' | null {
  try {
    const header = sniffHead(head)
    return header === null ? 'cut' : { width: header.width, height: header.height }
  } catch (cause) {
    if (cause instanceof EditError) return null
    throw cause
  }
}
