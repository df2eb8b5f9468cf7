/** Poisson blending, where its result is known. */

import { expect, test } from 'vitest'
import { seamlesslyCloned } from '../../../evaluation/peers/poisson.ts'
import { pictureOf, rectangle } from '../picture.ts'

const size = { width: 40, height: 30 }
const mask = rectangle(size, 10, 8, 30, 22)

const furthest = (one: Uint8ClampedArray, other: Uint8ClampedArray) =>
  one.reduce((most, value, at) => Math.max(most, Math.abs(value - (other[at] as number))), 0)

test('colours that differ from the ground by a constant become those of the ground', () => {
  const ground = pictureOf(size, (x, y) => [80 + ((7 * x + 3 * y) % 40), 90, 100 + 2 * y])
  const source = pictureOf(size, (x, y) => [120 + ((7 * x + 3 * y) % 40), 60, 130 + 2 * y])
  const { data } = seamlesslyCloned(source, ground, mask)
  expect(furthest(data, ground.data)).toBeLessThanOrEqual(1)
})

test('without gradients, the colours at the border are spread harmonically: of a ramp, a ramp', () => {
  const ground = pictureOf(size, (x, y) => [5 * x, 3 * y + 20, 2 * x + 4 * y])
  const flat = pictureOf(size, () => [200, 10, 77])
  const { data } = seamlesslyCloned(flat, ground, mask)
  expect(furthest(data, ground.data)).toBeLessThanOrEqual(1)
})

test('a bump keeps its height over another ground, and a mask at the frame is solved, too', () => {
  const bump = (x: number, y: number) => Math.max(0, 60 - 10 * Math.hypot(x - 20, y - 15))
  const ground = pictureOf(size, (x) => [50 + 2 * x, 0, 0])
  const source = pictureOf(size, (x, y) => [30 + bump(x, y), 0, 0])
  const wide = rectangle(size, 0, 0, 34, 30)
  const at = 4 * (15 * size.width + 20)
  // At the frame there is no border to hold: the ramp is flat there, as the source is.
  const level = 50 + 2 * 34
  expect(seamlesslyCloned(source, ground, wide).data[at]).toBeCloseTo(level + 60, -0.7)
  expect(seamlesslyCloned(source, ground, mask).data[at]).toBeCloseTo(50 + 40 + 60, -0.7)
})
