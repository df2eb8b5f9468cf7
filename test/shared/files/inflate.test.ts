import { deflateSync, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { inflate, SLICE_BYTES, slicesOf } from '../../../shared/files/inflate.ts'
import { randomNumbers } from '../../fixtures/drawing.ts'

async function inflated(parts: Uint8Array[]): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of inflate(slicesOf(parts))) chunks.push(chunk)
  return Buffer.concat(chunks)
}

test('gives what zlib gives, however the data is divided', async () => {
  const random = randomNumbers(3)
  const bytes = Uint8Array.from({ length: 200_000 }, () => Math.floor(random() * 7))
  const data = deflateSync(bytes)
  expect(data.length).toBeGreaterThan(2 * SLICE_BYTES)
  const parts = [data.subarray(0, 1), data.subarray(1, 20_000), data.subarray(20_000)]
  expect((await inflated(parts)).equals(inflateSync(data))).toBe(true)
})

test('data that is cut off or wrong throws', async () => {
  const data = deflateSync(new Uint8Array(100_000))
  await expect(inflated([data.subarray(0, 50)])).rejects.toThrow(TypeError)
  await expect(inflated([new Uint8Array([1, 2, 3])])).rejects.toThrow(TypeError)
})
