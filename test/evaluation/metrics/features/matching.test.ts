/** Feature matching against PyTorch's interpolation and cosines (test/parity/make_metrics.py). */

import { expect, test } from 'vitest'
import { FeatureGrid, type Sampling } from '../../../../evaluation/metrics/features/feature-grid.ts'
import {
  meanDistance,
  meanDistanceInDiscs,
} from '../../../../evaluation/metrics/features/matching.ts'
import { pixelAt } from '../../../../evaluation/metrics/regions/drag-points.ts'
import { relativeError } from '../../../fixtures/graphs.ts'
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
