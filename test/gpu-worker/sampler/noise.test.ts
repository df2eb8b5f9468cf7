import { expect, test } from 'vitest'
import { gaussianNoise, philox } from '../../../gpu-worker/sampler/noise.ts'

// Random123's kat_vectors for philox4x32 with 10 rounds.
test.each([
  [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    '408f276d 41c83b0e a20bc7c6 6d5451fd',
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  ],
])('philox of counter %j and key %j', (counter, key, words) => {
  expect(
    philox(counter, key)
      .map((word) => word.toString(16).padStart(8, '0'))
      .join(' '),
  ).toBe(words)
})

test('Box-Muller of the first known block, computed from its words', () => {
  const u = [0x6627e8d5, 0xe169c58d].map((word) => (word + 0.5) / 2 ** 32) as [number, number]
  const radius = Math.sqrt(-2 * Math.log(u[0]))
  const noise = gaussianNoise(0, 2)
  expect(noise[0]).toBe(Math.fround(radius * Math.cos(2 * Math.PI * u[1])))
  expect(noise[1]).toBe(Math.fround(radius * Math.sin(2 * Math.PI * u[1])))
})

test('a shorter draw is the start of a longer one; other seeds give other noise, also above 2^32', () => {
  const long = gaussianNoise(7, 1000)
  expect([...gaussianNoise(7, 13)]).toEqual([...long.subarray(0, 13)])
  expect(gaussianNoise(8, 1)[0]).not.toBe(long[0])
  expect(gaussianNoise(7 + 2 ** 32, 1)[0]).not.toBe(long[0])
})

test('values are standard normal: mean, variance and kurtosis of 200,000', () => {
  const noise = gaussianNoise(1, 200_000)
  const moment = (k: number) => noise.reduce((sum, x) => sum + x ** k, 0) / noise.length
  expect(Math.abs(moment(1))).toBeLessThan(0.01)
  expect(Math.abs(moment(2) - 1)).toBeLessThan(0.01)
  expect(Math.abs(moment(4) - 3)).toBeLessThan(0.08)
})
