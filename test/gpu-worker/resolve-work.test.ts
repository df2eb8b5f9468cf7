/** Plans that depend on the photo, and what is recorded of their masks. */

import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import type { EditSam } from '../../gpu-worker/mask/edit-sam.ts'
import { resolveWork } from '../../gpu-worker/resolve-work.ts'
import { workOf } from '../../shared/edit/work.ts'
import { RunRequest } from '../../shared/run.ts'
import { rectangleMask } from '../fixtures/png.ts'
import { settingsOf } from '../fixtures/settings.ts'

const { signal } = new AbortController()

const size = { width: 256, height: 128 }
const drags = [{ handle: { x: 80, y: 64 }, target: { x: 160, y: 64 } }]
/** A red square on grey. */
const photo = await sharp({ create: { ...size, channels: 3, background: '#999' } })
  .composite([
    {
      input: { create: { width: 64, height: 64, channels: 3, background: '#e02020' } },
      left: 48,
      top: 32,
    },
  ])
  .png()
  .toBuffer()
const square = await rectangleMask(256, 128, 48, 32, 112, 96)

async function prepared(options: Record<string, unknown>, mask: Uint8Array | null, refine = false) {
  const settings = settingsOf({ drags, model: 'embedded-fast', ...options })
  const { grid, ...rest } = await workOf(size, settings, mask, refine)
  return { ...rest, job: { photo, photoSize: size, grid, work: rest.work } }
}
/** A refined mask that is one token wider than the rough one. */
const wider: EditSam = {
  refine: async (_, { width, height }) => ({
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) =>
      i % width >= 32 && i % width < 112 && i >= 32 * width && i < 96 * width ? 1 : 0,
    ),
  }),
  candidates: () => Promise.reject(new Error('a rough mask is refined')),
}

describe('a rough mask', () => {
  test('is refined before the plan is made, and its areas are recorded', async () => {
    const { job, mask } = await prepared({ profile: 'paper' }, square, true)
    expect([job.work.kind, mask]).toEqual(['rough', null])
    const { plan, found } = await resolveWork({ ...job, sam: wider, signal })
    // Five by four tokens instead of four by four.
    expect(plan.sourceMask).toHaveLength(20)
    expect(found).toEqual({
      mask: {
        given: true,
        foundBy: 'sam',
        iterations: 1,
        holesFilled: true,
        areaBefore: 0.125,
        areaAfter: 0.1563,
      },
      warnings: [],
    })
  })

  test('is used as it is by a worker without SAM, which says so', async () => {
    const { job } = await prepared({ profile: 'paper' }, square, true)
    const { plan, found } = await resolveWork({ ...job, sam: null, signal })
    expect(plan.sourceMask).toHaveLength(16)
    expect(found).toMatchObject({
      mask: { foundBy: null, iterations: 0, areaBefore: 0.125, areaAfter: 0.125 },
      warnings: [{ code: 'mask_not_refined' }],
    })
  })

  test('is not there without a mask: the thing is found, and its holes are filled', async () => {
    const { job, mask, warnings } = await prepared({ profile: 'paper' }, null, true)
    expect([job.work.kind, mask, warnings]).toEqual(['automatic', null, []])
    const { found } = await resolveWork({ ...job, sam: null, signal })
    expect(found?.mask).toMatchObject({ given: false, foundBy: 'colours', holesFilled: true })
    expect(found?.mask.areaAfter).toBeCloseTo(0.125, 1)
  })
})

test('the holes of a mask are filled in the profile of the paper only', async () => {
  const ring = await sharp(square)
    .composite([
      {
        input: { create: { width: 32, height: 32, channels: 3, background: '#000' } },
        left: 64,
        top: 48,
      },
    ])
    .png()
    .toBuffer()
  const onRim = { drags: [{ handle: { x: 52, y: 36 }, target: { x: 100, y: 36 } }] }
  const tokens = async (profile: string) => {
    const { work, mask } = await prepared({ profile, ...onRim }, ring)
    return [
      work.kind === 'planned' && work.plan.sourceMask.length,
      mask?.areaBefore,
      mask?.areaAfter,
    ]
  }
  expect(await tokens('default')).toEqual([12, 0.0938, 0.0938])
  expect(await tokens('paper')).toEqual([16, 0.0938, 0.125])
})

test('things in an editable mask are found by their colours, and what was found is recorded', async () => {
  const { job, mask } = await prepared(
    { maskKind: 'editable' },
    await rectangleMask(256, 128, 16, 0, 240, 128),
  )
  expect(mask).toBeNull()
  const { found } = await resolveWork({ ...job, sam: null, signal })
  expect(found?.mask).toMatchObject({ foundBy: 'colours', iterations: 1, areaBefore: 0.875 })
  expect(found?.mask.areaAfter).toBeCloseTo(0.125, 1)
})

test('what pins hold survives the way to the worker', async () => {
  const pinned = [...drags, { handle: { x: 200, y: 16 }, target: { x: 200, y: 16 } }]
  const both = await sharp(square)
    .composite([
      {
        input: { create: { width: 32, height: 16, channels: 3, background: '#fff' } },
        left: 190,
        top: 10,
      },
    ])
    .png()
    .toBuffer()
  const { job } = await prepared({ drags: pinned }, both)
  const onWire = RunRequest.shape.work.parse(JSON.parse(JSON.stringify(job.work)))
  const { held } = await resolveWork({ ...job, work: onWire, sam: null, signal })
  expect(held?.tokens).toEqual([16 + 12])
  expect(held?.pixels?.data.reduce((sum, value) => sum + value, 0)).toBe(32 * 16)
})

test('things of a rough mask are refined one by one, and stay apart', async () => {
  const mask = await sharp({ create: { ...size, channels: 3, background: '#000' } })
    .composite(
      ['#fff', '#f00'].map((background, i) => ({
        input: { create: { width: 32, height: 64, channels: 3, background } },
        left: 48 + 32 * i,
        top: 32,
      })),
    )
    .png()
    .toBuffer()
  const seen: number[] = []
  const sam: EditSam = {
    refine: async (_, rough) => {
      seen.push(rough.data.indexOf(1) % size.width)
      return rough
    },
    candidates: () => Promise.reject(new Error('a rough mask is refined')),
  }
  const apart = [
    { handle: { x: 56, y: 64 }, target: { x: 24, y: 64 } },
    { handle: { x: 104, y: 64 }, target: { x: 168, y: 64 } },
  ]
  const { job } = await prepared({ profile: 'paper', scope: 'thing', drags: apart }, mask, true)
  const { plan, motion } = await resolveWork({ ...job, sam, signal })
  expect(seen).toEqual([48, 80])
  expect(motion?.parts).toEqual(apart.map((drag) => [drag]))
  expect(plan.targets.map((token) => token % 16).slice(0, 4)).toEqual([1, 2, 9, 10])
})
