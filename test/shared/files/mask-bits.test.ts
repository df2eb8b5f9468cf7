import { expect, test } from 'vitest'
import { packMask, unpackMask } from '../../../shared/files/mask-bits.ts'

test('a small mask comes back as it was; its first pixel is the highest bit', () => {
  const data = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0)
  const packed = packMask({ width: 4, height: 3, data })
  // 10000001 0110....
  expect(packed).toEqual({ width: 4, height: 3, bits: btoa('\x81\x60') })
  expect(unpackMask(packed)).toEqual({ width: 4, height: 3, data })
})

test('a large one is made smaller, its shape kept', () => {
  const [width, height] = [1024, 512]
  const data = new Uint8Array(width * height)
  for (let y = 128; y < 384; y++) data.fill(1, y * width + 256, y * width + 768)
  const small = unpackMask(packMask({ width, height, data }))
  expect([small.width, small.height]).toEqual([256, 128])
  const at = (x: number, y: number) => small.data[y * 256 + x]
  expect([at(63, 64), at(64, 64), at(191, 64), at(192, 64), at(100, 31), at(100, 32)]).toEqual([
    0, 1, 1, 0, 0, 1,
  ])
})

test('bits that are not as many as the size says are refused', () => {
  expect(() => unpackMask({ width: 9, height: 1, bits: 'AA==' })).toThrow(/1 bytes/)
})
