import { expect, test } from 'vitest'
import { blockiness, blockinessOf } from '../../../../evaluation/metrics/pixels/blockiness.ts'
import { caseOf, dragged, drawn, measured, never } from '../../drawn.ts'

const size = { width: 64, height: 32 }
/** Every step to the right is 2 grey levels, and none is down. */
const ramp = drawn(size, (x) => 2 * x)
const photo = drawn(size, (x) => 2 * x + 1)

test('is 1 without borders', () => {
  const [token, half] = blockinessOf(photo, ramp, { rows: 2, cols: 4 }) as [number, number]
  expect(token).toBeCloseTo(1, 9)
  expect(half).toBeCloseTo(1, 9)
})

test('is the steps at the borders of tokens over those elsewhere', () => {
  // A step of 12 at columns 16, 32 and 48. Along rows, borders are 3 columns of 32 rows; rows have a border of 64
  // columns without a step. Elsewhere steps of 2 in 63 - 7 columns, of 0 in 31 - 3 rows.
  const stepped = drawn(size, (x) => 2 * x + 10 * Math.floor(x / 16))
  const border = (3 * 32 * 12) / (3 * 32 + 64) + 0.5
  const plain = (3 * 32 * 2) / (3 * 32 + 64) + 0.5
  const [token, half] = blockinessOf(photo, stepped, { rows: 2, cols: 4 }) as [number, number]
  expect(token).toBeCloseTo(border / plain, 9)
  expect(half).toBeCloseTo(1, 9)
})

test('counts borders of half tokens apart', () => {
  const stepped = drawn(size, (x) => 2 * x + 10 * Math.floor((x + 8) / 16))
  const [token, half] = blockinessOf(photo, stepped, { rows: 2, cols: 4 }) as [number, number]
  expect(token).toBeCloseTo(1, 9)
  expect(half).toBeGreaterThan(2)
})

test('takes the grid of the record, or tokens of 16 pixels', async () => {
  const stepped = drawn(size, (x) => 2 * x + 10 * Math.floor(x / 20))
  const one = caseOf(size, [dragged([1, 1], [5, 1])])
  const of = (record: Record<string, unknown>) =>
    blockiness.measure(measured(one, photo, stepped, { record }), never)
  const grid = { rows: 1.6, cols: 3.2 }
  expect((await of({ plan: { grid } })).token).toBeGreaterThan(2)
  expect((await of({})).token).toBeLessThan(1.01)
  // A crop has a grid of its own, whose place in the photo is not known here.
  expect(await of({ plan: { grid }, options: { workingArea: 'region' } })).toEqual({})
})

test('says nothing of a result that changed nothing', async () => {
  const one = caseOf(size, [dragged([1, 1], [5, 1])])
  expect(await blockiness.measure(measured(one, photo, photo), never)).toEqual({})
})
