/** Pixel metrics against numpy (test/parity/make_metrics.py). */

import { expect, test } from 'vitest'
import { dragAccuracy } from '../../../../evaluation/metrics/pixels/dai.ts'
import { searchIn } from '../../../../evaluation/metrics/pixels/template.ts'
import { golden } from '../golden.ts'

test('DAI of three points at four radii', async () => {
  const { picture, drags, values } = await golden('pixels')
  const expected = values('dai')
  ;[1, 5, 10, 20].forEach((radius, i) => {
    const index = dragAccuracy(picture('photo'), picture('result'), drags(), radius)
    expect(Math.abs(index / (expected[i] as number) - 1)).toBeLessThan(1e-6)
  })
})

test('template matching, where every place has been tried', async () => {
  const { picture, drags, values } = await golden('pixels')
  const [drag] = drags()
  if (drag === undefined) throw new Error('no drag')
  const match = searchIn(picture('photo'), picture('result'))(drag)
  const [col = 0, row = 0] = values('found')
  const distance = Math.hypot(col + 0.5 - drag.target.x, row + 0.5 - drag.target.y)
  expect(distance).toBe(2)
  expect(match?.distance).toBeCloseTo(distance, 9)
  expect(match?.atTarget).toBeCloseTo(values('at_target')[0] as number, 5)
})
