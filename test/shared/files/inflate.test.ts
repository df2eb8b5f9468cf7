/** Runs in Node and in workerd, which has little memory and holds back nothing that is written. */

import { expect, test } from 'vitest'
import { inflate, SLICE_BYTES, slicesOf } from '../../../shared/files/inflate.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

async function deflated(...parts: Uint8Array[]): Promise<Uint8Array> {
  const stream = new Blob(parts as Uint8Array<ArrayBuffer>[]).stream()
  const zlib = stream.pipeThrough(new CompressionStream('deflate'))
  return new Uint8Array(await new Response(zlib).arrayBuffer())
}

async function inflated(...parts: Uint8Array[]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of inflate(slicesOf(parts))) chunks.push(chunk)
  return new Uint8Array(await new Blob(chunks as Uint8Array<ArrayBuffer>[]).arrayBuffer())
}

/** 64 MB of zeros in 64 KB. */
const bomb = () => deflated(...new Array(64).fill(new Uint8Array(1 << 20)))

test('gives what was deflated, however the data is divided', async () => {
  const random = randomNumbers(3)
  const bytes = Uint8Array.from({ length: 200_000 }, () => Math.floor(random() * 7))
  const data = await deflated(bytes)
  expect(data.length).toBeGreaterThan(2 * SLICE_BYTES)
  const out = await inflated(data.subarray(0, 1), data.subarray(1, 20_000), data.subarray(20_000))
  expect(out.length).toBe(bytes.length)
  expect(out.every((byte, i) => byte === bytes[i])).toBe(true)
})

test('gives every byte of a large picture', async () => {
  let taken = 0
  for await (const chunk of inflate(slicesOf([await bomb()]))) taken += chunk.length
  expect(taken).toBe(64 << 20)
})

test('data that is cut off or wrong throws', async () => {
  const data = await deflated(new Uint8Array(100_000))
  await expect(inflated(data.subarray(0, 50))).rejects.toThrow(TypeError)
  await expect(inflated(new Uint8Array([1, 2, 3]))).rejects.toThrow(TypeError)
})

// Node holds back what is written by itself, so that slices may wait there.
test.runIf(navigator.userAgent === 'Cloudflare-Workers')(
  'a slice goes in when the last one has come out',
  async () => {
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
  },
)
