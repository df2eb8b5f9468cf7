/** The parts of a picture that are scored apart. */

import { expect, test } from 'vitest'
import type { EvaluationCase } from '../../../evaluation/case.ts'
import {
  borderDistances,
  deepestPoint,
  partsOf,
  truthCases,
} from '../../../evaluation/truth/truth-case.ts'
import { pictureOf, rectangle } from '../picture.ts'

const size = { width: 140, height: 60 }
const shape = rectangle(size, 20, 20, 40, 40)
const landed = rectangle(size, 35, 20, 55, 40)

test('distances to a border are positive inside, and to the nearest pixel across it', () => {
  const away = borderDistances(shape, size)
  const at = (x: number, y: number) => away[y * size.width + x]
  expect([at(20, 30), at(19, 30), at(29, 29)]).toEqual([1, -1, 10])
  // Left of and above the corner: 3 and 4 pixels.
  expect(at(17, 16)).toBe(-5)
  expect(deepestPoint(shape, size)).toEqual({ x: 29.5, y: 29.5 })
})

test('rim, inside, vacated and outside are what their widths say', () => {
  const { rim, inside, vacated, outside } = partsOf(
    borderDistances(shape, size),
    borderDistances(landed, size),
    size,
  )
  // Deeper than 5 pixels in a square of 20: 10 x 10.
  expect(inside.length).toBe(100)
  // Around it the square of 20 itself without those, and a band of five with rounded corners: of the
  // 5 x 5 pixels at each corner, 15 are within 5 pixels of it.
  expect(rim.length).toBe(400 - 100 + 4 * 20 * 5 + 4 * 15)
  // Columns 20 to 29 are more than five pixels left of the landed square's first, which is 35.
  expect(vacated.length).toBe(10 * 20)
  expect(Math.max(...vacated.map((at) => at % size.width))).toBe(29)
  // The last column of the landed square is 54; beside it, more than 24 pixels away begin at 79.
  const beside = outside.filter((at) => Math.floor(at / size.width) === 30)
  expect(Math.min(...beside.map((at) => at % size.width))).toBe(79)
})

test('a case has the mask that its margin says, and asks for one thing in all its pieces', async () => {
  const picture = pictureOf(size, () => [10, 20, 30])
  const made = {
    id: 'a/b',
    category: 'a',
    before: picture,
    after: picture,
    shape,
    landed,
    drags: [{ handle: { x: 30, y: 30 }, target: { x: 45, y: 30 } }],
  }
  const cases = await truthCases(made, [0, 1, -1, 3])
  expect(cases.map(({ id }) => id)).toEqual([
    'a/b/exact',
    'a/b/1-wider',
    'a/b/1-tighter',
    'a/b/3-wider',
  ])
  const area = (one?: EvaluationCase) => one?.mask?.mask.data.reduce((sum, flag) => sum + flag, 0)
  // What is less than `margin` pixels outside is in the mask, so that 1 is still exact.
  expect(cases.slice(0, 3).map(area)).toEqual([400, 400, 18 * 18])
  const [one] = cases
  if (one === undefined) throw new Error('there is a case')
  expect(one.settings).toEqual({ scope: 'global' })
  expect(one.scored).toBe(one.drags)
})
