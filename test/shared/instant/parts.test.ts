import { describe, expect, test } from 'vitest'
import { boxOf, grown } from '../../../shared/instant/box.ts'
import { boxMean, guidedFilter } from '../../../shared/instant/outline/guided-filter.ts'
import { nearestFlagged } from '../../../shared/instant/outline/nearest.ts'
import { pushPull } from '../../../shared/instant/push-pull.ts'
import { Random } from '../../../shared/instant/random.ts'

/** Flags and values that look random, the same in every run. */
function noise(count: number, seed = 1): Float32Array {
  const random = new Random(seed)
  return Float32Array.from({ length: count }, () => random.below(1000) / 1000)
}

test('random numbers: one sequence per seed, about equally often', () => {
  const draw = (seed: number) => {
    const random = new Random(seed)
    return Array.from({ length: 10_000 }, () => random.below(10))
  }
  expect(draw(3)).toEqual(draw(3))
  expect(draw(3)).not.toEqual(draw(4))
  for (const seed of [0, 1, 2 ** 31]) {
    const counts = new Map<number, number>()
    for (const value of draw(seed)) counts.set(value, (counts.get(value) ?? 0) + 1)
    expect([...counts.keys()].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150)
  }
})

test('boxes: the smallest rectangle, and one that grows inside the picture', () => {
  const size = { width: 5, height: 4 }
  const flags = new Uint8Array(20)
  expect(boxOf(flags, size)).toBeNull()
  flags[7] = 1
  flags[13] = 1
  expect(boxOf(flags, size)).toEqual({ left: 2, top: 1, width: 2, height: 2 })
  expect(grown({ left: 2, top: 1, width: 2, height: 2 }, 1, size)).toEqual({
    left: 1,
    top: 0,
    width: 4,
    height: 4,
  })
})

test.each([
  [17, 9, 0.9],
  [9, 17, 0.97],
  [20, 20, 0.5],
  [1, 30, 0.8],
])('the nearest flag in %d x %d pixels is as near as the nearest of all', (width, height, rare) => {
  const flags = Uint8Array.from(noise(width * height), (value) => (value > rare ? 1 : 0))
  flags[3] = 1
  const nearest = nearestFlagged(flags, { width, height })
  const squared = (a: number, b: number) =>
    ((a % width) - (b % width)) ** 2 + (Math.floor(a / width) - Math.floor(b / width)) ** 2
  const all = [...flags.keys()].filter((at) => flags[at] === 1)
  nearest.forEach((found, at) => {
    expect(flags[found]).toBe(1)
    expect(squared(at, found)).toBe(Math.min(...all.map((one) => squared(at, one))))
  })
  expect(nearestFlagged(new Uint8Array(width * height), { width, height })[0]).toBe(-1)
})

describe('the guided filter', () => {
  const size = { width: 12, height: 10 }
  const count = 120
  const planes = [noise(count, 1), noise(count, 2), noise(count, 3)] as const
  const guide = { ...size, planes }

  /** The window of a pixel, by the definition. */
  const window = (at: number, radius: number) => {
    const [x, y] = [at % 12, Math.floor(at / 12)]
    return [...new Array(count).keys()].filter(
      (one) => Math.abs((one % 12) - x) <= radius && Math.abs(Math.floor(one / 12) - y) <= radius,
    )
  }

  test('box means are those of the definition, also at the borders', () => {
    const values = noise(count, 5)
    boxMean(values, size, 3).forEach((mean, at) => {
      const near = window(at, 3)
      expect(mean).toBeCloseTo(near.reduce((sum, one) => sum + (values[one] ?? 0), 0) / near.length)
    })
  })

  test('values that are linear in the guide are returned as they are', () => {
    const linear = planes[0].map((r, i) => 0.2 + 0.5 * r - 0.3 * (planes[1][i] ?? 0))
    const filtered = guidedFilter(guide, linear, 2, 1e-9)
    filtered.forEach((value, at) => {
      expect(value).toBeCloseTo(linear[at] ?? 0, 3)
    })
  })

  test('without structure in the guide they are means of means', () => {
    const flat = new Float32Array(count).fill(0.5)
    const values = noise(count, 7)
    const filtered = guidedFilter({ ...size, planes: [flat, flat, flat] }, values, 2, 1e-3)
    const wanted = boxMean(boxMean(values, size, 2), size, 2)
    filtered.forEach((value, at) => {
      expect(value).toBeCloseTo(wanted[at] ?? 0, 4)
    })
  })
})

test('push-pull keeps what is known, and fills a constant picture with the constant', () => {
  const [width, height] = [13, 7]
  const data = new Float32Array(2 * width * height)
  const known = [5, 17, 60, 90]
  for (const at of known) data.set([0.25, 1], 2 * at)
  pushPull({ width, height, channels: 1, data })
  for (let at = 0; at < width * height; at++) expect(data[2 * at]).toBeCloseTo(0.25, 6)

  const ramp = new Float32Array(2 * 64)
  for (let x = 0; x < 64; x++) if (x < 20 || x >= 44) ramp.set([x, 1], 2 * x)
  pushPull({ width: 64, height: 1, channels: 1, data: ramp })
  for (let x = 0; x < 64; x++) {
    if (x < 20 || x >= 44) expect(ramp[2 * x]).toBe(x)
    else expect(Math.abs((ramp[2 * x] ?? 0) - x)).toBeLessThan(14)
  }
})
