import { generateKeyPairSync } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { OpenBackbone } from '../../gpu-worker/backbones/family.ts'
import { openBackbone } from '../../gpu-worker/backbones/registry.ts'
import { editPhoto } from '../../gpu-worker/edit.ts'
import type { Engine } from '../../gpu-worker/engine.ts'
import { Metrics } from '../../gpu-worker/metrics.ts'
import { type PrepareSigning, signedIfPossible } from '../../gpu-worker/provenance/signer.ts'
import { Runs } from '../../gpu-worker/runs.ts'
import { createServer as createApp, type ServerState } from '../../gpu-worker/server.ts'
import { Buckets } from '../../gpu-worker/storage/s3.ts'
import { Storage } from '../../gpu-worker/storage/storage.ts'
import type { RunRequest } from '../../shared/run.ts'
import { FakeEdge } from '../fixtures/servers/fake-edge.ts'
import { publicKey, signature } from '../fixtures/signing.ts'

const health = { provider: 'cpu', models: ['embedded-fast'], versions: { node: 'x' } }
let backbone: OpenBackbone
const engine: Engine = (job, onProgress, signal) => editPhoto(job, backbone, onProgress, signal)
let photo: Buffer

beforeAll(async () => {
  backbone = await openBackbone(
    'embedded-fast',
    { cache: join(tmpdir(), 'contextdrag-test-checkpoints') },
    { provider: 'cpu', threads: 1 },
  )
  photo = await sharp({ create: { width: 128, height: 96, channels: 3, background: '#a52' } })
    .png()
    .toBuffer()
})
afterAll(() => backbone.close())

let edge: FakeEdge
let runs: Runs
let state: ServerState
let app: ReturnType<typeof createApp>

beforeEach(async () => {
  edge = await FakeEdge.listen(photo)
  const metrics = new Metrics(() => runs.busy)
  runs = new Runs(
    new Map([['embedded-fast', engine]]),
    new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' })),
    (model, last) => metrics.ended(model, last),
  )
  state = { runs, masks: null, health, checkpoints: {} }
  app = createApp(state, [publicKey], metrics)
})
afterEach(async () => {
  await runs.idle()
  edge.close()
})

const send = (runId: string, body: string, header = signature('PUT', runId, body)) =>
  app.request(`/v1/runs/${runId}`, { method: 'PUT', headers: { 'run-signature': header }, body })
const put = (runId: string, body: unknown) => send(runId, JSON.stringify(body))
const look = (runId: string) =>
  app.request(`/v1/runs/${runId}`, { headers: { 'run-signature': signature('GET', runId) } })

const request = (change: Partial<RunRequest> = {}, steps = 2) => edge.request(change, steps)

describe('a run', () => {
  test('downloads, edits, uploads and reports, in this order', async () => {
    const response = await put('a.1', await request())
    expect([response.status, await response.json()]).toEqual([
      202,
      { runId: 'a.1', status: 'running', last: null },
    ])
    await runs.idle()
    expect(edge.events.map(({ seq, type }) => [seq, type])).toEqual([
      [0, 'started'],
      [1, 'progress'],
      [2, 'progress'],
      [3, 'succeeded'],
    ])
    expect(new Set(edge.tokens)).toEqual(new Set(['Bearer run-token']))
    const stored = edge.results.get('/result')
    expect(stored?.type).toBe('image/png')
    expect(await sharp(stored?.body).metadata()).toMatchObject({ width: 128, height: 96 })
    expect(edge.last).toMatchObject({
      result: { width: 128, height: 96, bytes: stored?.body.length },
    })
    const state = await (await look('a.1')).json()
    expect(state).toMatchObject({ status: 'succeeded', last: { seq: 3, type: 'succeeded' } })
  })

  test('the same PUT again is accepted and runs once; another run gets 409 with Retry-After', async () => {
    const body = await request()
    expect((await put('b.1', body)).status).toBe(202)
    expect((await put('b.1', body)).status).toBe(202)
    const busy = await put('b.2', body)
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([409, '1'])
    await runs.idle()
    expect((await put('b.1', body)).status).toBe(202)
    expect(edge.events.filter(({ type }) => type === 'started')).toHaveLength(1)
    expect((await put('b.2', body)).status).toBe(202)
  })

  test('stops after the current step when canceled', async () => {
    await put('c.1', await request({}, 50))
    while (!edge.events.some(({ type }) => type === 'progress'))
      await new Promise((resolve) => setTimeout(resolve, 5))
    const response = await app.request('/v1/runs/c.1/cancel', {
      method: 'POST',
      headers: { 'run-signature': signature('CANCEL', 'c.1') },
    })
    expect(response.status).toBe(200)
    await runs.idle()
    expect(edge.last?.type).toBe('canceled')
    expect(edge.events.length).toBeLessThan(50)
    expect(edge.results.size).toBe(0)
  })

  test('fails at its deadline', async () => {
    await put('d.1', await request({ deadline: Date.now() + 150 }, 50))
    await runs.idle()
    expect(edge.last).toMatchObject({ type: 'failed', problem: { code: 'worker_timeout' } })
  })
})

test('an engine other than a transformer serves a model in the same way', async () => {
  const copier: Engine = async ({ photo, photoSize }) => ({
    ...photoSize,
    bytes: photo,
    source: 'humanEdits',
    record: {},
    timings: { copy: 1 },
  })
  const storage = new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' }))
  runs = new Runs(new Map([['embedded', copier]]), storage, () => {})
  state.runs = runs
  expect((await put('e.1', await request({ model: 'embedded' }))).status).toBe(202)
  await runs.idle()
  // Without steps there is no progress.
  expect(edge.events.map(({ type }) => type)).toEqual(['started', 'succeeded'])
  expect(edge.last).toMatchObject({ timings: { copy: 1 } })
  expect(edge.results.get('/result')?.body).toEqual(photo)
})

test('what signs results gets the photo before the first step, then the edit and the model', async () => {
  const steps: string[] = []
  const copier: Engine = async ({ photo, photoSize }) => {
    steps.push('computed')
    const bytes = photo.slice(1)
    return { ...photoSize, bytes, source: 'humanEdits', record: {}, timings: { copy: 1 } }
  }
  const storage = new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' }))
  const asked: unknown[] = []
  const capacity = { transformer: 1, instant: 1 }
  runs = new Runs(
    new Map([['embedded', copier]]),
    storage,
    () => {},
    capacity,
    async (original) => {
      steps.push('prepared')
      return async (...all) => {
        asked.push([original, ...all])
        return new Uint8Array([1, 2, 3])
      }
    },
  )
  state.runs = runs
  const edit = `edit_${'0a'.repeat(24)}`
  await put(`eu.abcdefghijkl.${edit}.2`, await request({ model: 'embedded' }))
  await runs.idle()
  const bytes = Uint8Array.from(photo)
  expect(asked).toEqual([
    [bytes, bytes.subarray(1), { edit, model: 'embedded', source: 'humanEdits' }],
  ])
  expect(steps).toEqual(['prepared', 'computed'])
  expect(edge.results.get('/result')?.body).toEqual(Buffer.from([1, 2, 3]))
  expect(edge.last).toMatchObject({
    result: { bytes: 3 },
    timings: { copy: 1, sign: expect.any(Number) },
  })
})

describe('a result that cannot be signed', () => {
  const broken = () => Promise.reject(new Error('the library broke'))
  const runWith = async (prepare: PrepareSigning) => {
    let computed = 0
    const copier: Engine = async ({ photo: bytes, photoSize }) => {
      computed++
      return { ...photoSize, bytes, source: 'humanEdits', record: {}, timings: { copy: 1 } }
    }
    const storage = new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' }))
    const capacity = { transformer: 1, instant: 1 }
    runs = new Runs(new Map([['embedded', copier]]), storage, () => {}, capacity, prepare)
    state.runs = runs
    const logged = vi.spyOn(console, 'error').mockReturnValue()
    await put('s.1', await request({ model: 'embedded' }))
    await runs.idle()
    logged.mockRestore()
    return computed
  }

  test.each([
    ['before the first step', broken],
    ['when it is there', async () => broken],
  ])('is stored without a manifest: known %s', async (_, prepare) => {
    expect(await runWith(signedIfPossible(prepare))).toBe(1)
    expect(edge.last).toMatchObject({ type: 'succeeded', timings: { copy: 1 } })
    expect(edge.last).not.toMatchObject({ timings: { sign: expect.anything() } })
    expect(edge.results.get('/result')?.body).toEqual(photo)
  })

  test('is not computed where a manifest is required', async () => {
    expect(await runWith(broken)).toBe(0)
    expect(edge.last).toMatchObject({ type: 'failed', problem: { code: 'worker_failed' } })
    expect(edge.results.size).toBe(0)
  })
})

test('instant edits run beside one of a transformer, as many as there is room for', async () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const waiting: Engine = async ({ photo, photoSize }) => {
    await promise
    return { ...photoSize, bytes: photo, source: 'humanEdits', record: {}, timings: {} }
  }
  const storage = new Storage([edge.origin], new Buckets({ buckets: [], region: 'us-east-1' }))
  const engines = new Map([
    ['embedded-fast', waiting],
    ['instant', waiting],
  ] as const)
  runs = new Runs(engines, storage, () => {}, { transformer: 1, instant: 2 })
  state.runs = runs
  const instant = await request({ model: 'instant' })
  const statuses = []
  for (const [id, body] of [
    ['i.1', instant],
    ['t.1', await request()],
    ['i.2', instant],
    ['i.3', instant],
    ['t.2', await request()],
  ] as const)
    statuses.push((await put(id, body)).status)
  expect(statuses).toEqual([202, 202, 202, 409, 409])
  expect(await (await app.request('/health')).json()).toMatchObject({
    status: 'busy',
    lanes: { transformer: { running: 1, capacity: 1 }, instant: { running: 2, capacity: 2 } },
  })
  resolve()
  await runs.idle()
  expect(runs.lanes).toMatchObject({ transformer: { running: 0 }, instant: { running: 0 } })
  expect(edge.events.filter(({ type }) => type === 'succeeded')).toHaveLength(3)
})

describe('a failed run has an error code', () => {
  test('for a truncated photo', async () => {
    edge.photo = photo.subarray(0, 120)
    await put('e.1', await request())
    await runs.idle()
    expect(edge.last).toMatchObject({ type: 'failed', problem: { code: 'image_truncated' } })
  })

  test('for a missing photo, or one of another size than planned', async () => {
    edge.photo = null
    await put('f.1', await request())
    await runs.idle()
    expect(edge.last).toMatchObject({
      type: 'failed',
      problem: { code: 'worker_failed', detail: expect.stringContaining('404') },
    })
    edge.photo = photo
    await put(
      'f.2',
      await request({ image: { url: `${edge.origin}/photo`, width: 96, height: 128 } }),
    )
    await runs.idle()
    expect(edge.last).toMatchObject({ type: 'failed', problem: { code: 'image_unreadable' } })
  })

  test('the last event is retried if the edge does not accept it', async () => {
    edge.answers = [204, 204, 204, 503, 500]
    await put('g.1', await request())
    await runs.idle()
    expect(edge.last?.type).toBe('succeeded')
  })
})

describe('the HTTP server', () => {
  test.each([
    ['no signature', () => undefined],
    ['a malformed signature', () => 'v1;x;y'],
    [
      'another key',
      () => signature('PUT', 'x', '{}', undefined, generateKeyPairSync('ed25519').privateKey),
    ],
    ['another run', () => signature('PUT', 'y', '{}')],
    ['another method', () => signature('GET', 'x', '{}')],
    ['another body', () => signature('PUT', 'x', '{"a":1}')],
    [
      'a changed expiry',
      () => signature('PUT', 'x', '{}').replace(/;\d+;/, `;${Date.now() + 90_000};`),
    ],
    ['an expired signature', () => signature('PUT', 'x', '{}', Date.now() - 3600_000)],
  ])('rejects %s', async (_, header) => {
    const response = await app.request('/v1/runs/x', {
      method: 'PUT',
      body: '{}',
      headers: Object.fromEntries(
        Object.entries({ 'run-signature': header() }).filter(([, v]) => v),
      ) as Record<string, string>,
    })
    expect([response.status, await response.json()]).toMatchObject([
      401,
      { code: 'unauthenticated' },
    ])
  })

  test('tolerates clocks of edge and worker that are half a minute apart', async () => {
    const body = JSON.stringify(await request())
    const late = signature('PUT', 'skew.1', body, Date.now() - 25_000)
    expect((await send('skew.1', body, late)).status).toBe(202)
    const tooLate = signature('PUT', 'skew.2', body, Date.now() - 35_000)
    const rejected = await send('skew.2', body, tooLate)
    expect([rejected.status, await rejected.json()]).toMatchObject([
      401,
      { detail: expect.stringContaining('check the clocks of edge and worker') },
    ])
  })

  test('counts runs for Prometheus', async () => {
    await put('m.1', await request())
    await runs.idle()
    const text = await (await app.request('/metrics')).text()
    expect(text).toContain('contextdrag_runs_total{model="embedded-fast",outcome="succeeded"} 1')
    expect(text).toMatch(
      /contextdrag_stage_seconds_count\{stage="denoise",model="embedded-fast"\} 1|contextdrag_stage_seconds_count\{model="embedded-fast",stage="denoise"\} 1/,
    )
    expect(text).toContain('contextdrag_busy 0')
  })

  test('rejects bodies that are not runs, models it does not serve, and origins that are not allowed', async () => {
    const raw = await send('x', '{')
    expect(await raw.json()).toMatchObject({ code: 'invalid_request' })
    expect(await (await put('x', { model: 'embedded-fast' })).json()).toMatchObject({
      code: 'invalid_request',
    })
    expect(await (await put('x', { ...(await request()), extra: 1 })).json()).toMatchObject({
      code: 'invalid_request',
      pointer: '/extra',
    })
    const other = await put('x', await request({ model: 'flux1-kontext-dev' }))
    expect(await other.json()).toMatchObject({ code: 'model_unavailable' })
    // The edge waits for a worker that says how long, and for no other.
    expect(other.headers.get('retry-after')).toBeNull()
    for (const url of ['http://169.254.169.254/latest', 'http://127.0.0.1:1/x', 's3://any/key'])
      for (const change of [
        { image: { url, width: 128, height: 96 } },
        { result: { url, contentType: 'image/png' } },
        { events: { url, token: 't' } },
      ]) {
        const response = await put('x', await request(change))
        expect([response.status, await response.json()]).toMatchObject([
          400,
          { code: 'invalid_request' },
        ])
      }
    expect(runs.busy).toBe(false)
    const long = await send('x', 'x'.repeat(2_000_001))
    expect(long.status).toBe(400)
  })

  test('responds with 404 to unknown runs and routes', async () => {
    expect((await look('nothing')).status).toBe(404)
    expect((await app.request('/nowhere')).status).toBe(404)
  })

  test('reports whether it is starting, ready or busy', async () => {
    const health = async () => [
      (await app.request('/ping')).status,
      ((await (await app.request('/health')).json()) as { status: string }).status,
    ]
    expect(await health()).toEqual([200, 'ready'])
    await put('h.1', await request())
    expect(await health()).toEqual([200, 'busy'])
    await runs.idle()
    state.runs = null
    expect(await health()).toEqual([204, 'starting'])
    const early = await put('h.2', await request())
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '1'])
  })
})
