/** How much of a mask's border runs through the middle of one material. */

import { expect, test } from 'vitest'
import { openShare } from '../../../../shared/segmentation/things/border.ts'
import { coloured, randomNumbers, whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 200, height: 100 }
const white = whiteOn.bind(null, SIZE)
const image = coloured(SIZE, [[40, 20, 40, 40], '#c02020'])

test('a mask that ends at edges is closed, one in the middle of one material open', () => {
  expect(openShare(image, white([40, 20, 40, 40]))).toBe(0)
  expect(openShare(image, white([120, 20, 40, 40]))).toBe(1)
  // SAM is off by a pixel or two.
  expect(openShare(image, white([38, 21, 41, 40]))).toBe(0)
})

test('half a thing is open along the cut', () => {
  // Its border has 2 * (20 + 40) - 4 pixels, of which 40 are at the cut; near its ends the ground is seen.
  const share = openShare(image, white([40, 20, 20, 40]))
  expect(share).toBeLessThanOrEqual(40 / 116)
  expect(share).toBeGreaterThanOrEqual(34 / 116)
})

test('the frame is no border, and a mask without one is open', () => {
  const band = coloured(SIZE, [[0, 40, 200, 20], '#c02020'])
  expect(openShare(band, white([0, 40, 200, 20]))).toBe(0)
  expect(openShare(image, white([0, 0, 200, 100]))).toBe(1)
})

test('what differs no more than its own grain is one material', () => {
  const random = randomNumbers(5)
  const grain = { ...image, l: image.l.map(() => 50 + 40 * (random() - 0.5)) }
  grain.a.fill(0)
  grain.b.fill(0)
  expect(openShare(grain, white([60, 30, 40, 40]))).toBeGreaterThan(0.9)
  const mask = white([60, 30, 40, 40])
  const darker = { ...grain, l: grain.l.map((value, at) => value - 15 * (mask.data[at] ?? 0)) }
  expect(openShare(darker, mask)).toBeLessThan(0.1)
})
