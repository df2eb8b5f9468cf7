/** What the worker receives, and what of it older releases left out. */

import { expect, test } from 'vitest'
import { resolveSettings } from '../../shared/edit/resolve-settings.ts'
import { workOf } from '../../shared/edit/work.ts'
import { packMask } from '../../shared/files/packed-mask.ts'
import { defaultPlanOptions } from '../../shared/geometry/plan.ts'
import { RunRequest } from '../../shared/run.ts'
import { rectangleMask } from '../fixtures/png.ts'
import { settingsOf } from '../fixtures/settings.ts'

const photo = { width: 256, height: 128 }
const drags = [
  { handle: { x: 40, y: 40 }, target: { x: 90, y: 40 } },
  { handle: { x: 60, y: 44 }, target: { x: 60, y: 44 } },
]
const fields = { drags, border: 2, feather: 3, detail: 'model', power: 3, seed: 1 } as const
const request = async (change: Record<string, unknown> = {}) => {
  const settings = settingsOf({ ...fields, ...change })
  const mask = await rectangleMask(256, 128, 32, 32, 64, 64)
  const { warnings: _, mask: __, ...sizes } = await workOf(photo, settings, mask)
  return {
    model: 'embedded',
    image: { url: 'https://photos.example/a.png', ...photo },
    ...sizes,
    sampler: resolveSettings(settings, () => 1).sampler,
    result: { url: 'https://results.example/a.png', contentType: 'image/png' },
    events: { url: 'https://edge.example/events', token: 'secret' },
    deadline: 1,
  }
}

test('carries the options of borders and detail, and what moves the parts of a plan', async () => {
  const sent = await request()
  const received = RunRequest.parse(JSON.parse(JSON.stringify(sent)))
  expect(received).toEqual(sent)
  expect(received.sampler).toMatchObject({ feather: 3, detail: 'model' })
  expect(received.work).toMatchObject({ kind: 'planned', motion: { power: 3, parts: [drags] } })
})

test('of an older release has none of them: borders as they were, and no detail', async () => {
  const { sampler, work, ...rest } = await request()
  const { feather: _, detail: __, ...older } = sampler
  const { motion: ___, ...planned } = work as { motion: unknown }
  const received = RunRequest.parse({ ...rest, sampler: older, work: planned })
  expect(received.sampler).toEqual({ ...older, feather: 8, detail: 'model' })
  expect(received.work).not.toHaveProperty('motion')
})

test('carries the switches of what the paper leaves open', async () => {
  const sent = await request({
    preBlocks: 'all',
    injected: 'alone',
    lambdaBy: 'sigma',
    paaUntil: 0.5,
  })
  const received = RunRequest.parse(JSON.parse(JSON.stringify(sent)))
  expect(received).toEqual(sent)
  expect(received.sampler).toMatchObject({ injected: 'alone', lambdaBy: 'sigma', paaUntil: 0.5 })
  const { plan } = received.work as Extract<typeof received.work, { kind: 'planned' }>
  expect(plan.doublePositions).toEqual(plan.view.positions)
})

test('of an older release has none of these: everything is as it was', async () => {
  const { sampler, ...rest } = await request()
  const { lambdaBy, lambdaUntil, paaUntil, injected, ...older } = sampler
  expect(RunRequest.parse({ ...rest, sampler: older }).sampler).toEqual({
    ...older,
    lambdaBy: 'step',
    lambdaUntil: 1,
    injected: 'joint',
    paaUntil: 1,
  })
  const { preBlocks, vacated, rim, ...options } = defaultPlanOptions
  const mask = await packMask({ width: 2, height: 1, data: Uint8Array.of(1, 0) })
  const work = { kind: 'automatic', drags, options, fill: false, mask }
  expect(RunRequest.parse({ ...rest, sampler, work }).work).toMatchObject({
    options: defaultPlanOptions,
  })
})

test('carries the part of the photo that the work is for', async () => {
  const area = { left: 3, top: 4, width: 100, height: 80 }
  const sent = { ...(await request()), area }
  expect(RunRequest.parse(JSON.parse(JSON.stringify(sent)))).toEqual(sent)
  expect(() => RunRequest.parse({ ...sent, area: { ...area, left: 0.5 } })).toThrow(/left/)
})

test('rejects what is no option', async () => {
  const sent = await request()
  const faulty = { ...sent, sampler: { ...sent.sampler, detail: 'both' } }
  expect(() => RunRequest.parse(faulty)).toThrow(/detail/)
})
