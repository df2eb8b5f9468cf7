/** Distances to the nearest flagged pixel. */

import { expect, test } from 'vitest'
import { distancesTo } from '../../../../shared/instant/outline/distances.ts'
import { nearestFlagged } from '../../../../shared/instant/outline/nearest.ts'

const SIZE = { width: 4, height: 3 }

test('are from pixel centres, to the last row, in a unit', () => {
  const flags = new Uint8Array(12)
  flags[1] = 1
  const nearest = nearestFlagged(flags, SIZE)
  const from = (dx: number, dy: number) => Math.fround(Math.hypot(dx, dy))
  const expected = [0, 1, 2].flatMap((y) => [0, 1, 2, 3].map((x) => from(x - 1, y)))
  expect([...distancesTo(nearest, SIZE)]).toEqual(expected)
  expect([...distancesTo(nearest, SIZE, 2)]).toEqual(expected.map((one) => Math.fround(one / 2)))
})

test('are infinite where nothing is flagged', () => {
  const nearest = new Int32Array(12).fill(-1)
  expect(new Set(distancesTo(nearest, SIZE))).toEqual(new Set([Number.POSITIVE_INFINITY]))
})
