import { deflateSync, inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { PackedMask, packMask, unpackMask } from '../../../shared/files/packed-mask.ts'

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')

test('a small mask survives a round trip; its first pixel is the highest bit', async () => {
  const data = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0)
  const packed = await packMask({ width: 4, height: 3, data })
  expect([packed.width, packed.height]).toEqual([4, 3])
  // 10000001 0110....
  expect([...inflateSync(Buffer.from(packed.bits, 'base64'))]).toEqual([0x81, 0x60])
  expect(await unpackMask(packed)).toEqual({ width: 4, height: 3, data })
})

test('a large mask survives a round trip, and is small when packed', async () => {
  const [width, height] = [2000, 2000]
  const data = new Uint8Array(width * height)
  for (let y = 123; y < 1877; y++) data.fill(1, y * width + 501, y * width + 1999)
  const packed = await packMask({ width, height, data })
  expect(packed.bits.length).toBeLessThan(20_000)
  const back = await unpackMask(packed)
  expect([back.width, back.height]).toEqual([width, height])
  expect(Buffer.compare(back.data, data)).toBe(0)
})

test('every run of pixels sets its own bits, wherever in a byte it begins and ends', async () => {
  const length = 41
  for (let from = 0; from < length; from++)
    for (let to = from + 1; to <= length; to++) {
      const data = new Uint8Array(length).fill(1, from, to)
      const { bits } = await packMask({ width: length, height: 1, data })
      const text = [...inflateSync(Buffer.from(bits, 'base64'))]
        .map((byte) => byte.toString(2).padStart(8, '0'))
        .join('')
      expect(text.slice(0, length)).toBe([...data].join(''))
      expect(text.slice(length)).toBe('0000000')
    }
})

test('a number of bits that does not match the size is rejected', async () => {
  const size = { width: 9, height: 1 }
  const few = unpackMask({ ...size, bits: base64(deflateSync(Buffer.alloc(1))) })
  await expect(few).rejects.toThrow(/1 bytes/)
  const many = unpackMask({ ...size, bits: base64(deflateSync(Buffer.alloc(1_000_000))) })
  await expect(many).rejects.toThrow(/over 2 bytes/)
})

test('the numbers of things survive it, too; a mask of an older release has none', async () => {
  const things = Uint8Array.of(1, 0, 2, 2, 0, 64)
  const mask = { width: 3, height: 2, data: Uint8Array.of(1, 0, 1, 1, 0, 1), things }
  const packed = await packMask(mask)
  expect(await unpackMask(PackedMask.parse(packed))).toEqual(mask)
  await expect(unpackMask({ ...packed, width: 9 })).rejects.toThrow('are not a mask of 9x2')
  const { things: _, ...older } = packed
  expect(await unpackMask(PackedMask.parse(older))).not.toHaveProperty('things')
})
