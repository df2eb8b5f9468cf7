/** Feature matching against PyTorch's interpolation and cosines (test/parity/make_metrics.py). */

import { expect, test } from 'vitest'
import { FeatureGrid, type Sampling } from '../../../../evaluation/metrics/features/feature-grid.ts'
import {
  meanDistance,
  meanDistanceInDiscs,
} from '../../../../evaluation/metrics/features/matching.ts'
import { pixelAt } from '../../../../evaluation/metrics/regions/drag-points.ts'
import type { Drag } from '../../../../shared/drag.ts'
import { relativeError } from '../../../fixtures/graphs.ts'
import { dragged } from '../../drawn.ts'
import { golden } from '../golden.ts'

async function read() {
  const io = await golden('matching')
  const [height = 0, width = 0] = io.dims('mask')
  const [channels = 0, rows = 0, cols = 0] = io.dims('before')
  const grid = (key: string, sampling: Sampling) =>
    new FeatureGrid(io.values(key), [channels, rows, cols], { width, height }, sampling)
  const pair = (sampling: Sampling) => ({
    photo: grid('before', sampling),
    result: grid('after', sampling),
  })
  return { ...io, pair }
}

test('cosines between cells, for one point', async () => {
  const { pair, drags, values } = await read()
  const { photo, result } = pair('bilinear')
  const last = drags().at(-1)
  if (last === undefined) throw new Error('no drag')
  const cosines = result.cosines(photo.at(pixelAt(last.handle, photo.size)))
  expect(relativeError(cosines, values('cosines'))).toBeLessThan(1e-5)
})

test("DragDiffusion's MD and DragLoRA's m-MD, point by point", async () => {
  const { pair, drags, values } = await read()
  const mask = Uint8Array.from(values('mask'))
  drags().forEach((drag, i) => {
    expect(meanDistance(pair('bilinear'), [drag])).toBeCloseTo(values('plain')[i] as number, 4)
    expect(meanDistance(pair('bilinear'), [drag], mask)).toBeCloseTo(
      values('masked')[i] as number,
      4,
    )
  })
  expect(values('plain')).not.toEqual(values('masked'))
})

test("RegionDrag's MD, point by point and as a mean", async () => {
  const { pair, drags, values } = await read()
  const expected = Array.from(values('discs'))
  drags().forEach((drag, i) => {
    expect(meanDistanceInDiscs(pair('nearest'), [drag])).toBeCloseTo(expected[i] as number, 5)
  })
  const mean = expected.reduce((sum, one) => sum + one, 0) / expected.length
  expect(meanDistanceInDiscs(pair('nearest'), drags())).toBeCloseTo(mean, 5)
})

test('of no points there is no mean', async () => {
  const { pair } = await read()
  expect(meanDistance(pair('bilinear'), [])).toBeUndefined()
})

test("RegionDrag's discs reach as far as the drag over the root of two, and at least five pixels", () => {
  const size = { width: 40, height: 40 }
  /** One cell for each pixel; the handle's features are at one place of the result. */
  const found = (drag: Drag, x: number, y: number) => {
    const grid = (col: number, row: number) => {
      const data = new Float32Array(2 * 1600)
      data.fill(1, 1600)
      data[row * 40 + col] = 1
      data[1600 + row * 40 + col] = 0
      return new FeatureGrid(data, [2, 40, 40], size, 'nearest')
    }
    const { col, row } = pixelAt(drag.handle, size)
    const pair = { photo: grid(col, row), result: grid(x, y) }
    const expected = Math.hypot(x + 0.5 - drag.target.x, y + 0.5 - drag.target.y) / 40
    return Math.abs((meanDistanceInDiscs(pair, [drag]) ?? 0) - expected) < 1e-9
  }
  // 20 pixels apart: 14 are within 14.1, 15 are not.
  const drag = dragged([10, 20], [30, 20])
  expect(found(drag, 30, 6)).toBe(true)
  expect(found(drag, 30, 5)).toBe(false)
  expect(found(drag, 10, 34)).toBe(true)
  const pin = dragged([20, 20], [20, 20])
  expect(found(pin, 20, 24)).toBe(true)
  expect(found(pin, 20, 25)).toBe(false)
})
