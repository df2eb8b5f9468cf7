import { expect, test } from 'vitest'
import { dai, dragAccuracy } from '../../../../evaluation/metrics/pixels/dai.ts'
import { caseOf, dragged, drawn, measured, never } from '../../drawn.ts'

const size = { width: 60, height: 50 }
const grey = (value: number) => drawn(size, () => value)

test('is the squared difference of colours from 0 to 1, summed over channels', () => {
  const drag = [dragged([30, 25], [32, 25])]
  // (51 / 255)^2 = 0.04 in each of three channels, whatever the radius.
  for (const radius of [1, 5, 10, 20])
    expect(dragAccuracy(grey(100), grey(151), drag, radius)).toBeCloseTo(0.12, 9)
})

test('compares the patch at the handle with the patch at the target', () => {
  const photo = drawn(size, (x, y) => (x === 10 && y === 10 ? [255, 0, 0] : 0))
  const result = drawn(size, (x, y) => (x === 20 && y === 12 ? [255, 0, 0] : 0))
  expect(dragAccuracy(photo, result, [dragged([10, 10], [20, 12])], 1)).toBe(0)
  // One channel of one of 121 pixels, once in each patch.
  expect(dragAccuracy(photo, result, [dragged([10, 10], [30, 30])], 5)).toBeCloseTo(1 / 121, 9)
  expect(dragAccuracy(photo, result, [dragged([10, 10], [22, 12])], 5)).toBeCloseTo(2 / 121, 9)
})

test('takes what is beyond the frame for black', () => {
  // Of nine pixels at the corner four are inside: (51 / 255)^2 in three channels.
  const corner = [dragged([0, 0], [0, 0])]
  expect(dragAccuracy(grey(0), grey(51), corner, 1)).toBeCloseTo((4 / 9) * 0.12, 9)
})

test('has the division of the paper and that of the published code', async () => {
  const drags = [dragged([30, 25], [32, 25]), dragged([20, 20], [24, 20])]
  const columns = await dai.measure(measured(caseOf(size, drags), grey(100), grey(151)), never)
  expect(columns.r10).toBeCloseTo(0.12, 9)
  expect(columns['r10-code']).toBeCloseTo(0.06, 9)
  expect(Object.keys(columns).sort()).toEqual(Object.keys(dai.columns).sort())
})

test('is measured at the scored points', async () => {
  const one = caseOf(size, [dragged([30, 25], [32, 25])], { scored: [] })
  expect(await dai.measure(measured(one, grey(0), grey(0)), never)).toEqual({})
})
