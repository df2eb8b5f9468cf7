/** Inflating in workerd, which has little memory and does not hold back what is written. */

import { expect, test } from 'vitest'
import { inflate, SLICE_BYTES, slicesOf } from '../../../../shared/files/inflate.ts'

/** 64 MB of zeros, deflated to 64 KB. */
async function bomb(): Promise<Uint8Array> {
  const zeros = new Blob(new Array(64).fill(new Uint8Array(1 << 20)))
  const deflated = zeros.stream().pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(deflated).arrayBuffer())
}

test('a slice goes in when the last one has come out', async () => {
  const data = await bomb()
  let given = 0
  function* counted() {
    for (const slice of slicesOf([data])) {
      given += slice.length
      yield slice
    }
  }
  let taken = 0
  for await (const chunk of inflate(counted())) {
    taken += chunk.length
    // 1032 bytes come out of one at most.
    expect(given).toBeLessThanOrEqual(SLICE_BYTES + taken / 1000)
    if (taken > 20_000_000) break
  }
  expect(given).toBeLessThanOrEqual(2 * SLICE_BYTES)
})

test('every byte comes out', async () => {
  let taken = 0
  for await (const chunk of inflate(slicesOf([await bomb()]))) taken += chunk.length
  expect(taken).toBe(64 << 20)
})
