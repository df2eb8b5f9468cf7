/** What counts as a result of all that a worker may leave in the bucket. */

import { beforeEach, expect, test } from 'vitest'
import { findResult } from '../../../../../edge/objects/edit/attempt/result.ts'
import { attemptKey } from '../../../../../edge/objects/edit/attempt/run-request.ts'
import type { AcceptedEdit } from '../../../../../edge/rpc/edit/accepted.ts'
import { bindings } from '../../../app.ts'

let accepted: AcceptedEdit
beforeEach(() => {
  const output = { format: 'jpeg', quality: 90 }
  accepted = { account: 'a', id: crypto.randomUUID(), sampler: { output } } as AcceptedEdit
})

/** Start of image, some segments of a profile, frame and scan header of 320x192, and "pixels". */
function jpeg(profileBytes: number): Uint8Array {
  const segments: number[][] = []
  for (let left = profileBytes; left > 0; left -= 65_519) {
    const length = 16 + Math.min(left, 65_519)
    segments.push([0xff, 0xe2, length >> 8, length & 255, ...new Array(length - 2).fill(0)])
  }
  const frame = [0xff, 0xc0, 0, 11, 8, 0, 192, 1, 64, 1, 1, 0x11, 0]
  const scan = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0]
  return Uint8Array.from([0xff, 0xd8, ...segments.flat(), ...frame, ...scan, 1, 2, 3])
}

async function found(bytes: Uint8Array, contentType = 'image/jpeg') {
  await bindings.BUCKET.put(attemptKey(accepted, 1), bytes as Uint8Array<ArrayBuffer>, {
    httpMetadata: { contentType },
  })
  return findResult(bindings.BUCKET, accepted, 1, null)
}

test.each([0, 70_000, 700_000])('a JPEG with a profile of %d bytes', async (profileBytes) => {
  const bytes = jpeg(profileBytes)
  expect(await found(bytes)).toEqual({
    result: { key: attemptKey(accepted, 1), bytes: bytes.length, width: 320, height: 192 },
  })
})

test('no object, another type, a text, and a picture that ends within its header', async () => {
  expect(await findResult(bindings.BUCKET, accepted, 1, null)).toHaveProperty('missing')
  const bytes = jpeg(70_000)
  expect(await found(bytes, 'image/png')).toHaveProperty('missing')
  expect(await found(new TextEncoder().encode('a text'))).toHaveProperty('missing')
  expect(await found(bytes.slice(0, 66_000))).toHaveProperty('missing')
})
