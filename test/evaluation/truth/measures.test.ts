/** Measures of likeness, against values worked out by hand. */

import { expect, test } from 'vitest'
import { compare, errors, fineDetail, patchDistance } from '../../../evaluation/truth/measures.ts'
import { pictureOf } from '../picture.ts'

const size = { width: 12, height: 12 }
const grey = (level: (x: number, y: number) => number) =>
  pictureOf(size, (x, y) => [level(x, y), level(x, y), level(x, y)])
/** Those with two pixels on every side. */
const inner = Uint32Array.from({ length: 64 }, (_, i) => (2 + (i >> 3)) * 12 + 2 + (i & 7))

test('errors are means over the colours of the given pixels alone', () => {
  const truth = grey(() => 100)
  const picture = grey((x, y) => (y === 2 && x === 2 ? 116 : x < 2 ? 0 : 100))
  const { meanError, psnr } = errors(picture, truth, inner)
  expect(meanError).toBeCloseTo(16 / 64, 12)
  // A mean square of 256/64 = 4: 10 log10(255^2 / 4).
  expect(psnr).toBeCloseTo(42.1102, 4)
})

test('the fine detail of a chessboard is eight times its amplitude, that of a ramp none', () => {
  const board = grey((x, y) => 100 + ((x + y) % 2 === 0 ? 5 : -5))
  expect(fineDetail(board, inner)).toBeCloseTo(8 * 5, 6)
  expect(
    fineDetail(
      grey((x, y) => 3 * x + 7 * y),
      inner,
    ),
  ).toBeCloseTo(0, 6)
})

test('patches have no distance if only their order differs, and as much as their colours otherwise', () => {
  const stripes = grey((x) => (x % 2 === 0 ? 80 : 160))
  // The other way round, the same patches are one pixel further.
  const turned = grey((x) => (x % 2 === 0 ? 160 : 80))
  expect(patchDistance(turned, stripes, inner)).toBeCloseTo(0, 9)
  expect(errors(turned, stripes, inner).meanError).toBe(80)
  const [near, far] = [10, 40].map((by) =>
    patchDistance(
      grey(() => 100 + by),
      grey(() => 100),
      inner,
    ),
  )
  expect(near).toBeGreaterThan(1)
  expect(far).toBeCloseTo(4 * (near as number), 6)
})

test('a picture is like itself', () => {
  const picture = grey((x, y) => (37 * x + 91 * y) % 256)
  const { detail, patches, ssim, meanError } = compare(picture, picture, inner)
  expect([detail, patches, meanError]).toEqual([1, 0, 0])
  expect(ssim).toBeCloseTo(1, 12)
})
