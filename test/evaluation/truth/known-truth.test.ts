/** The benchmark with known truth, and the metric that scores it. */

import { expect, test } from 'vitest'
import type { Measured } from '../../../evaluation/metric.ts'
import { unedited } from '../../../evaluation/peers/peer.ts'
import { decodePicture } from '../../../evaluation/picture.ts'
import { allCases, knownTruth } from '../../../evaluation/truth/known-truth.ts'
import { truthMetric } from '../../../evaluation/truth/truth-metric.ts'

const { signal } = new AbortController()
const metric = truthMetric()
const drawn = await allCases(knownTruth({ margins: [8], categories: ['drawn'] }))

async function measured(picture: Measured['edited']['picture'], one: Measured['one']) {
  const edited = { picture, timings: {}, record: {} }
  const photo = await decodePicture(one.photo)
  return metric.measure({ one, photo, edited, engine: unedited() }, signal)
}

test('the same seed gives the same cases, another one others, and every case its own name', async () => {
  const small = { side: 128, margins: [0], categories: ['cut-out', 'hole'] as const }
  const [once, again, other] = await Promise.all([
    allCases(knownTruth({ ...small })),
    allCases(knownTruth({ ...small })),
    allCases(knownTruth({ ...small, seed: 2 })),
  ])
  expect(once.length).toBe(12)
  expect(again).toEqual(once)
  expect(other.map(({ drags }) => drags)).not.toEqual(once.map(({ drags }) => drags))
  expect(new Set(once.map(({ id }) => id)).size).toBe(once.length)
  for (const { drags, size, id } of once)
    for (const { target } of drags) {
      expect(target.x, id).toBeGreaterThan(0)
      expect(target.x, id).toBeLessThan(size.width)
    }
})

test('the truth itself is without error; the photo has its thing in the wrong place', async () => {
  expect(drawn.map(({ id }) => id)).toContain('drawn/uncover/8-wider')
  for (const one of drawn.filter(({ id }) => /turn\/|uncover/.test(id))) {
    const { truth } = one
    if (truth === undefined) throw new Error('the truth is known')
    const right = await measured(truth.picture, one)
    expect(right.rimError).toBe(0)
    expect(right.insidePsnr).toBe(99)
    expect(right.vacatedDetailOff).toBe(0)
    expect(right.vacatedPatches).toBe(0)
    const undone = await measured(await decodePicture(one.photo), one)
    expect(undone.vacatedError).toBeGreaterThan(20)
    expect(undone.insidePsnr).toBeLessThan(20)
    expect(undone.vacatedPatches).toBeGreaterThan(5)
    expect(undone.outsideChanged).toBe(0)
    for (const name of Object.keys({ ...right, ...undone }))
      expect(metric.columns).toHaveProperty(name)
  }
})

test('a case without truth is not measured, and a picture of another size is a fault', async () => {
  const [one] = drawn
  if (one?.truth === undefined) throw new Error('there is a case')
  const { truth, ...without } = one
  expect(await measured(truth.picture, without)).toEqual({})
  const smaller = { width: 1, height: 1, data: new Uint8ClampedArray(4) }
  await expect(measured(smaller, one)).rejects.toThrow('the picture is 1x1, its truth 304x240')
})
