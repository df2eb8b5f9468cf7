import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { RunRequest } from '../../../shared/run.ts'
import { dataUrl, greyPng, rectangleMask } from '../../fixtures/png.ts'
import { bindings, call, post, until, world } from '../app.ts'

let body: Record<string, unknown>
beforeAll(async () => {
  body = {
    image: dataUrl(await greyPng(128, 96, (x) => x)),
    mask: dataUrl(await rectangleMask(128, 96, 16, 16, 64, 64)),
    drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
    model: 'embedded-fast',
  }
})
afterEach(() => vi.unstubAllGlobals())

/** The GPU worker, played by the test: what it was given, and what it answers. */
class FakeWorker {
  readonly runs: { runId: string; request: RunRequest }[] = []
  readonly cancelled: string[] = []
  /** Answers to handing over, one each, then 202. */
  submissions: (number | 'unreachable')[] = []
  /** What it says of a run. */
  report: () => Response = () => Response.json({ runId: 'x', status: 'running', last: null })

  constructor() {
    world(async (request) => {
      const path = new URL(request.url).pathname
      const [, runId = ''] = /^\/v1\/runs\/([^/]+)/.exec(path) ?? []
      if (request.headers.get('authorization') !== 'Bearer test-secret-test-secret')
        return new Response(null, { status: 401 })
      if (request.method === 'POST') {
        this.cancelled.push(runId)
        return Response.json({})
      }
      if (request.method === 'GET') return this.report()
      const answer = this.submissions.shift() ?? 202
      if (answer === 'unreachable') throw new TypeError('connection refused')
      if (answer !== 202)
        return Response.json(
          { code: 'conflict', detail: 'no' },
          { status: answer, headers: { 'retry-after': '0.1' } },
        )
      this.runs.push({ runId, request: (await request.json()) as RunRequest })
      return Response.json({}, { status: 202 })
    })
  }

  /** The run that was accepted last. */
  run(): Promise<{ runId: string; request: RunRequest }> {
    return until(async () => this.runs.at(-1))
  }
}

const create = async (change: Record<string, unknown> = {}) => {
  const answer = await post('/v1/edits', { ...body, ...change })
  expect(answer.status).toBe(202)
  const edit = (await answer.json()) as {
    id: string
    status: string
    urls: { self: string; result: string }
  }
  expect(answer.headers.get('location')).toBe(`/v1/edits/${edit.id}`)
  return edit
}
type View = {
  status: string
  progress: { step: number }
  error?: { code: string; detail: string }
  result?: unknown
}
const look = async (id: string) => (await (await call(`/v1/edits/${id}`)).json()) as View
const ended = (id: string) =>
  until(async () => {
    const view = await look(id)
    return ['succeeded', 'failed', 'canceled'].includes(view.status) ? view : null
  })
const tell = (runId: string, token: string, event: unknown) =>
  call(
    `/internal/runs/${runId}/events`,
    {
      method: 'POST',
      body: JSON.stringify(event),
      headers: { 'content-type': 'application/json' },
    },
    { authorization: `Bearer ${token}` },
  )
const path = (url: string) => url.replace('https://api.example.com', '')
const store = (request: RunRequest, bytes: Uint8Array) =>
  call(
    path(request.result.url),
    {
      method: 'PUT',
      body: bytes as Uint8Array<ArrayBuffer>,
      headers: { 'content-type': 'image/png', 'content-length': String(bytes.length) },
    },
    {},
  )
const success = (seq: number, bytes: number) => ({
  seq,
  type: 'succeeded',
  result: { width: 128, height: 96, bytes },
  timings: { denoise: 3 },
})

describe('an edit that succeeds', () => {
  test('is handed over with signed URLs, told of, stored and fetched', async () => {
    const worker = new FakeWorker()
    const edit = await create({ seed: 11 })
    expect(edit).toMatchObject({
      status: 'queued',
      urls: { self: `https://api.example.com/v1/edits/${edit.id}` },
    })
    const { runId, request } = await worker.run()
    expect(runId).toBe(`dev.${edit.id}.1`)
    expect(request).toMatchObject({
      model: 'embedded-fast',
      image: { width: 128, height: 96 },
      sampler: { seed: 11 },
    })
    expect(JSON.stringify(request)).not.toContain('test-secret')

    const photo = await call(path(request.image.url), {}, {})
    expect([photo.status, photo.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(dataUrl(new Uint8Array(await photo.arrayBuffer()))).toBe(body.image)

    expect((await call(`/v1/edits/${edit.id}/result`)).status).toBe(404)
    const { token } = request.events
    expect((await tell(runId, token, { seq: 0, type: 'started' })).status).toBe(204)
    expect((await look(edit.id)).status).toBe('running')
    await tell(runId, token, { seq: 1, type: 'progress', step: 1, steps: 2 })
    expect((await look(edit.id)).progress).toEqual({ step: 1, steps: 2 })

    const bytes = await greyPng(128, 96, () => 200)
    expect((await store(request, bytes)).status).toBe(201)
    expect((await tell(runId, token, success(2, bytes.length))).status).toBe(204)
    expect(await look(edit.id)).toMatchObject({
      status: 'succeeded',
      result: { width: 128, height: 96, bytes: bytes.length },
      timings: { denoise: 3 },
    })
    const result = await call(`/v1/edits/${edit.id}/result`)
    expect([result.status, result.headers.get('content-type'), result.headers.get('etag')]).toEqual(
      [200, 'image/png', expect.any(String)],
    )
    expect(new Uint8Array(await result.arrayBuffer())).toEqual(bytes)
  })

  test('even if its last event is lost: the worker is asked, and remembers', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { request } = await worker.run()
    const bytes = await greyPng(128, 96, () => 1)
    await store(request, bytes)
    worker.report = () =>
      Response.json({ runId: 'x', status: 'succeeded', last: success(9, bytes.length) })
    expect(await ended(id)).toMatchObject({ status: 'succeeded' })
  })
})

describe('events', () => {
  test('need the bearer of their own run, and change nothing twice or out of time', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    const { token } = request.events
    for (const forged of ['', 'x', `${token}x`])
      expect((await tell(runId, forged, { seq: 0, type: 'started' })).status).toBe(401)
    expect(
      (await tell(`dev.edit_${'0'.repeat(32)}.1`, token, { seq: 0, type: 'started' })).status,
    ).toBe(404)
    expect((await tell('other.x.1', token, { seq: 0, type: 'started' })).status).toBe(404)
    expect((await tell(`dev.${id}.2`, token, { seq: 0, type: 'started' })).status).toBe(409)
    expect((await tell(runId, token, { seq: 0, type: 'dance' })).status).toBe(422)
    expect((await look(id)).status).not.toBe('running')

    await tell(runId, token, { seq: 4, type: 'progress', step: 2, steps: 2 })
    expect((await tell(runId, token, { seq: 3, type: 'progress', step: 1, steps: 2 })).status).toBe(
      204,
    )
    expect((await look(id)).progress.step).toBe(2)
    await tell(runId, token, { seq: 5, type: 'canceled' })
    expect((await look(id)).status).toBe('canceled')
    expect((await tell(runId, token, { seq: 6, type: 'started' })).status).toBe(409)
    expect((await look(id)).status).toBe('canceled')
  })

  test("a failure carries the worker's own code", async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    const problem = {
      type: 'urn:x',
      title: 'x',
      status: 422,
      code: 'image_truncated',
      detail: 'no pixels',
    }
    await tell(runId, request.events.token, { seq: 0, type: 'failed', problem })
    expect(await look(id)).toMatchObject({
      status: 'failed',
      error: { code: 'image_truncated', detail: 'no pixels' },
    })
    const result = await call(`/v1/edits/${id}/result`)
    expect([result.status, result.headers.get('retry-after')]).toEqual([404, null])
  })

  test('a success without its result in the bucket is a failure', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    await tell(runId, request.events.token, success(0, 100))
    expect(await look(id)).toMatchObject({ status: 'failed', error: { code: 'worker_failed' } })
  })
})

describe('a worker', () => {
  test('that is busy or away for a while is waited for', async () => {
    const worker = new FakeWorker()
    worker.submissions = [409, 'unreachable', 503]
    const { id } = await create()
    const { runId } = await worker.run()
    expect(runId).toBe(`dev.${id}.4`)
    expect((await look(id)).status).toBe('dispatching')
  })

  test.each([
    ['unreachable', 'worker_failed'],
    [409, 'worker_timeout'],
  ] as const)('that stays %s ends the edit as %s', async (answer, code) => {
    const worker = new FakeWorker()
    worker.submissions = new Array(1000).fill(answer)
    const { id } = await create()
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: { code, detail: expect.stringContaining('within 1.5 s') },
    })
  })

  test('that refuses the run ends it at once', async () => {
    const worker = new FakeWorker()
    worker.submissions = [401]
    const { id } = await create()
    expect(await ended(id)).toMatchObject({ status: 'failed', error: { code: 'worker_failed' } })
  })

  test('that dies during the run: asked three times, then given up', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    await tell(runId, request.events.token, { seq: 0, type: 'started' })
    worker.report = () => {
      throw new TypeError('connection refused')
    }
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_failed', detail: expect.stringContaining('lost during the run') },
    })
  })

  test('that was restarted does not know the run any more', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    await tell(runId, request.events.token, { seq: 0, type: 'started' })
    worker.report = () => new Response(null, { status: 404 })
    expect(await ended(id)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_failed', detail: expect.stringContaining('restarted') },
    })
  })

  test('that is too slow is told to stop', async () => {
    const worker = new FakeWorker()
    const { id } = await create()
    const { runId, request } = await worker.run()
    await tell(runId, request.events.token, { seq: 0, type: 'started' })
    expect(await ended(id)).toMatchObject({ status: 'failed', error: { code: 'worker_timeout' } })
    expect(worker.cancelled).toEqual([runId])
  })
})

describe('signed URLs', () => {
  test('open one object for one method, type, size and time', async () => {
    const worker = new FakeWorker()
    await create()
    const { request } = await worker.run()
    const get = path(request.image.url)
    const put = path(request.result.url)
    const attempt = (
      url: string,
      method: string,
      headers: Record<string, string> = {},
      content: string | undefined = undefined,
    ) =>
      call(url, { method, headers, ...(content !== undefined && { body: content }) }, {}).then(
        (answer) => answer.status,
      )
    expect(await attempt(get.replace('/in/', '/out/'), 'GET')).toBe(403)
    expect(await attempt(get.replace(/signature=[^&]+/, 'signature=x'), 'GET')).toBe(403)
    expect(await attempt(get.replace(/expires=\d+/, 'expires=99999999999999'), 'GET')).toBe(403)
    expect(await attempt(get.split('?')[0] as string, 'GET')).toBe(403)
    expect(await attempt(get, 'PUT', { 'content-type': 'image/png' }, 'x')).toBe(403)
    expect(await attempt(put, 'GET')).toBe(403)
    expect(await attempt(put, 'PUT', { 'content-type': 'text/html' }, 'x')).toBe(403)
    expect(
      await attempt(
        put.replace(/max=\d+/, 'max=999999999'),
        'PUT',
        { 'content-type': 'image/png' },
        'x',
      ),
    ).toBe(403)
    const before = (await bindings.BUCKET.list()).objects.length
    expect(await attempt(put, 'PUT', { 'content-type': 'image/png' }, 'x')).toBe(201)
    expect((await bindings.BUCKET.list()).objects.length).toBe(before + 1)
  })

  test('die with their time', async () => {
    const { signBlobUrl, checkBlobUrl } = await import('../../../edge/storage.ts')
    const url = new URL(
      await signBlobUrl('https://a.example', 'secret', {
        method: 'GET',
        key: 'k',
        expires: Date.now() - 1,
      }),
    )
    await expect(checkBlobUrl('GET', url, 'k', 'secret')).rejects.toMatchObject({
      code: 'forbidden',
      message: expect.stringContaining('expired'),
    })
  })
})
