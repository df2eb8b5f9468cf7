/** What an edit says of itself: its warnings, and the record of what it was made with. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EditRecord, RunRecord } from '../../../shared/edit/record.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import { dataUrl, greyPng, rectangleMask } from '../../fixtures/png.ts'
import { Account, json, resetProviders } from '../app.ts'
import {
  create,
  editBody,
  ended,
  FakeWorker,
  store,
  success,
  tell,
  type View,
} from '../fake-worker.ts'

type Told = View & { warnings: Warning[]; record: EditRecord; plan?: { targets: number } }

let account: Account
let worker: FakeWorker
beforeEach(async () => {
  worker = new FakeWorker()
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const made = async (change: Record<string, unknown> = {}) => (await create(account, change)) as Told
/** Ends an edit with a record by its worker. */
async function finishWith(id: string, record: RunRecord): Promise<Told> {
  const run = await worker.run(id)
  const bytes = await greyPng(128, 96, () => 200)
  await store(run, bytes)
  const event = { ...success(0, bytes.length), record }
  expect((await tell(run.runId, run.request.events.token, event)).status).toBe(204)
  return (await ended(account, id)) as Told
}

const engine = {
  version: '0.1.0',
  onnxruntime: '1.30.0',
  executionProvider: 'cpu',
  compute: 'F32',
  checkpoint: '0123456789abcdef',
}

describe('a drag under half a token', () => {
  // 128 x 96 pixels are 8 x 6 tokens of 16: half a token is 8 pixels.
  const drags = [{ handle: { x: 40, y: 40 }, target: { x: 47, y: 36 } }]

  test.each(['object', 'editable'])(
    'is rejected before anything is held, and the smallest that moves is named (%s mask)',
    async (maskKind) => {
      const answer = await account.post('/v1/edits', await editBody({ drags, maskKind }))
      expect(answer.status).toBe(422)
      expect(await answer.json()).toMatchObject({
        code: 'nothing_moves',
        pointer: '/drags',
        detail: expect.stringContaining('the smallest drag that moves is 8.1 pixels'),
      })
      expect(await account.money()).toEqual({ balance: 1_000_000, sum: 1_000_000, held: 0 })
      expect(worker.runs).toEqual([])
    },
  )

  test('is a warning of a plan', async () => {
    const { image: _, ...body } = await editBody({ drags })
    const answer = await account.post('/v1/plan', { ...body, image: { width: 128, height: 96 } })
    const { warnings, sources, targets } = (await answer.json()) as Record<string, unknown>
    expect(warnings).toMatchObject([{ code: 'nothing_moves', pixels: 8.1 }])
    expect(sources).toEqual(targets)
  })
})

test('an edit and a plan carry their warnings, and an ordinary edit has none', async () => {
  expect((await made()).warnings).toEqual([])
  // Four pixels in each of two columns of tokens: only the handle's token moves.
  const mask = dataUrl(await rectangleMask(128, 96, 28, 0, 36, 96))
  const thin = { code: 'thin_mask', drag: 0, share: 0.0833 }
  const drags = [{ handle: { x: 30, y: 40 }, target: { x: 80, y: 40 } }]
  const edit = await made({ mask, drags })
  expect(edit.warnings).toMatchObject([thin])
  const plan = await account.post('/v1/plan', {
    mask,
    drags,
    model: 'embedded-fast',
    image: { width: 128, height: 96 },
  })
  expect(await json(plan)).toMatchObject({ warnings: [thin] })
  expect(await finishWith(edit.id, { engine })).toMatchObject({ warnings: [thin] })
})

test('an event may say by null what was not found', async () => {
  const { id } = await made()
  const mask = {
    given: false,
    foundBy: null,
    iterations: 1,
    holesFilled: false,
    areaBefore: 0.25,
    areaAfter: 0.25,
  }
  expect((await finishWith(id, { engine, mask })).record.mask).toEqual(mask)
})

describe('a crop', () => {
  const drags = [{ handle: { x: 300, y: 300 }, target: { x: 400, y: 300 } }]

  test('goes to the worker with its plan, is shown, and is what the edit costs', async () => {
    const edit = (await made({
      image: dataUrl(await greyPng(1600, 1200, (x, y) => (x + y) % 256)),
      mask: dataUrl(await rectangleMask(1600, 1200, 260, 260, 340, 340)),
      drags,
      workingArea: 'auto',
    })) as Told & { area: unknown; workingSize: { width: number; height: number } }
    const { request } = await worker.run(edit.id)
    expect(request.area).toMatchObject({ width: expect.any(Number) })
    expect(edit.area).toEqual(request.area)
    expect(edit.workingSize).toEqual(request.workingSize)
    expect(edit.record.options).toMatchObject({ workingArea: 'auto' })
  })

  test('is in a plan, and of nothing else than the transformers', async () => {
    const mask = dataUrl(await rectangleMask(400, 300, 0, 0, 60, 60))
    const asked = { image: { width: 4000, height: 3000 }, mask, drags, workingArea: 'region' }
    const plan = await json(await account.post('/v1/plan', { ...asked, model: 'embedded' }))
    // 600 pixels around the handle, and 100 further: 700 x 600, and 175 pixels around. The area
    // of 512 x 512 is 0.513 of 1050 x 950 on a side: 67 x 61 tokens.
    expect(plan).toMatchObject({
      area: { left: 0, top: 0 },
      workingSize: { width: 536, height: 488 },
      grid: { rows: 61, cols: 67 },
    })
    const whole = await json(
      await account.post('/v1/plan', { ...asked, model: 'embedded', workingArea: 'photo' }),
    )
    expect(whole).not.toHaveProperty('area')
    const refused = await account.post('/v1/plan', { ...asked, model: 'instant' })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({
      code: 'invalid_option',
      pointer: '/workingArea',
    })
    // Without a mask the plan is not that of the edit, and the crop of the edit is not known.
    const { mask: _, ...bare } = { ...asked, model: 'embedded', workingArea: 'auto' }
    const loose = await json(await account.post('/v1/plan', bare))
    expect(loose).toMatchObject({ warnings: [{ code: 'mask_not_final' }] })
    expect(loose).not.toHaveProperty('area')
  })
})

describe('a record', () => {
  test('has the values that were used, not those that were sent', async () => {
    const { record, seed } = await made({
      lambda: 0.25,
      lambdaBy: 'sigma',
      lambdaUntil: 0.8,
      injected: 'alone',
      paaUntil: 0.5,
      view: 'scatter',
      preBlocks: 'all',
      vacated: 'keep',
      rim: 'clear',
      trueGuidance: 1.5,
      border: 2,
      feather: 4,
      detail: 'model',
    })
    expect(record).toEqual({
      options: {
        profile: 'default',
        maskKind: 'object',
        scope: 'component',
        power: 2,
        strategy: 'reverse-user',
        view: 'scatter',
        pre: true,
        preBlocks: 'all',
        oam: true,
        vacated: 'keep',
        rim: 'clear',
        border: 2,
        workingArea: 'photo',
        seed,
        steps: 2,
        guidance: null,
        trueGuidance: 1.5,
        lambda: 0.25,
        lambdaSchedule: 'cosine',
        lambdaBy: 'sigma',
        lambdaUntil: 0.8,
        injected: 'alone',
        paaUntil: 0.5,
        latentBlend: true,
        pixelComposite: true,
        feather: 4,
        detail: 'model',
        output: { format: 'png', quality: 90 },
      },
      mask: {
        given: true,
        foundBy: null,
        iterations: 0,
        holesFilled: false,
        areaBefore: 0.1875,
        areaAfter: 0.1875,
      },
    })
  })

  test('has the engine from the end on, also in lists', async () => {
    const { id, record } = await made()
    expect(record).not.toHaveProperty('engine')
    const done = await finishWith(id, { engine })
    expect(done.record).toEqual({ ...record, engine })
    const list = (await json(await account.get('/v1/edits'))) as { edits: Told[] }
    expect(list.edits.find((edit) => edit.id === id)?.record).toEqual({ ...record, engine })
  })

  test('of a mask that SAM refines comes from the worker, with the plan and its warnings', async () => {
    const { id, record, plan } = await made({ profile: 'paper' })
    expect(record.options).toMatchObject({ profile: 'paper', scope: 'component', view: 'scatter' })
    expect([record.mask, plan]).toEqual([undefined, undefined])
    const { request } = await worker.run(id)
    expect(request.work).toMatchObject({ kind: 'rough', fill: true, mask: { width: 128 } })
    const found = {
      engine,
      mask: { ...MASK, foundBy: 'sam' as const, iterations: 1, areaAfter: 0.2 },
      plan: { grid: { rows: 6, cols: 8 }, sourceMask: 9, targets: 9, view: 40, editRegion: 30 },
      warnings: [{ code: 'leaves_image' as const, message: 'out', drag: 0, share: 0.1 }],
    }
    expect(await finishWith(id, found)).toMatchObject({
      record: { engine, mask: found.mask },
      plan: found.plan,
      warnings: found.warnings,
    })
  })
})

const MASK = { given: true, holesFilled: true, areaBefore: 0.1875 }
