import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { providerObject } from '../../../../edge/objects/names.ts'
import { dataUrl, greyPng } from '../../../fixtures/png.ts'
import {
  Account,
  bindings,
  call,
  resetProviders,
  SPARE,
  settings,
  until,
  WORKER,
} from '../../app.ts'
import {
  create,
  editBody,
  ended,
  FakeWorker,
  finish,
  look,
  pathOf,
  type Run,
  store,
  success,
  tell,
} from '../../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const failure = (seq: number, code: string, detail = 'no pixels') => ({
  seq,
  type: 'failed',
  problem: { type: 'urn:x', title: 'x', status: 422, code, detail },
})

describe('an edit that succeeds', () => {
  test('is dispatched with signed URLs, reported, stored, charged and downloaded', async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    const edit = await create(account, { seed: 11 })
    // 100 + ceil(200 * 2 steps * 128 * 96 / 10^6), by hand.
    expect(edit).toMatchObject({ status: 'queued', seed: 11, price: { amount: 104 } })
    expect(await account.money()).toEqual({ balance: balance - 104, sum: balance - 104, held: 104 })
    const run = await worker.run(edit.id)
    const { runId, request } = run
    expect(runId).toBe(`auto.${account.id}.${edit.id}.1`)
    expect(request).toMatchObject({
      model: 'embedded-fast',
      image: { width: 128, height: 96 },
      sampler: { seed: 11 },
    })
    for (const secret of [account.live, settings().BLOB_SECRET, settings().OPERATOR_TOKEN])
      expect(JSON.stringify(request)).not.toContain(secret)

    const photo = await call(pathOf(request.image.url))
    expect([photo.status, photo.headers.get('content-type')]).toEqual([200, 'image/png'])
    expect(dataUrl(new Uint8Array(await photo.arrayBuffer()))).toBe((await editBody()).image)

    const early = await account.get(`/v1/edits/${edit.id}/result`)
    expect([early.status, early.headers.get('retry-after')]).toEqual([404, '1'])
    const { token } = request.events
    expect((await tell(runId, token, { seq: 0, type: 'started' })).status).toBe(204)
    expect((await look(account, edit.id)).status).toBe('running')
    await tell(runId, token, { seq: 1, type: 'progress', step: 1, steps: 2 })
    expect((await look(account, edit.id)).progress).toEqual({ step: 1, steps: 2 })

    const bytes = await greyPng(128, 96, () => 200)
    expect((await store(run, bytes)).status).toBe(201)
    expect((await tell(runId, token, success(2, bytes.length))).status).toBe(204)
    const view = await look(account, edit.id)
    expect(view).toMatchObject({
      status: 'succeeded',
      charged: 104,
      result: { width: 128, height: 96, bytes: bytes.length },
      timings: { denoise: 3 },
    })
    const result = await account.get(`/v1/edits/${edit.id}/result`)
    expect([result.status, result.headers.get('content-type'), result.headers.get('etag')]).toEqual(
      [200, 'image/png', expect.any(String)],
    )
    expect(new Uint8Array(await result.arrayBuffer())).toEqual(bytes)
    // The signed URL needs no key.
    const signed = await call(pathOf(view.result?.url ?? ''))
    expect(new Uint8Array(await signed.arrayBuffer())).toEqual(bytes)
    await until(async () => (await account.money()).held === 0)
    expect(await account.money()).toEqual({ balance: balance - 104, sum: balance - 104, held: 0 })
  })

  test('even if its last event is lost: the edge polls the worker, which still knows the run', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const run = await worker.run(id)
    const bytes = await greyPng(128, 96, () => 1)
    await store(run, bytes)
    worker.report = (runId) =>
      Response.json({ runId, status: 'succeeded', last: success(9, bytes.length) })
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
  })

  test('even if the worker dies between storing and reporting', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const run = await worker.run(id)
    await tell(run.runId, run.request.events.token, { seq: 0, type: 'started' })
    await store(run, await greyPng(128, 96, () => 1))
    worker.report = () => new Response(null, { status: 404 })
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
    expect(worker.runs.filter(({ runId }) => runId.includes(id))).toHaveLength(1)
  })
})

describe('events', () => {
  test('need the bearer token of their own run, and change nothing if repeated or too late', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const { runId, request } = await worker.run(id)
    const { token } = request.events
    const started = { seq: 0, type: 'started' }
    for (const forged of ['', 'x', `${token}x`])
      expect((await tell(runId, forged, started)).status).toBe(401)
    const other = runId.replace(/edit_\w+/, `edit_${'0'.repeat(48)}`)
    expect((await tell(other, token, started)).status).toBe(404)
    expect((await tell('other.x.1', token, started)).status).toBe(404)
    expect((await tell(runId.replace(/1$/, '2'), token, started)).status).toBe(409)
    expect((await tell(runId, token, { seq: 0, type: 'dance' })).status).toBe(400)
    expect((await look(account, id)).status).not.toBe('running')

    await tell(runId, token, { seq: 4, type: 'progress', step: 2, steps: 2 })
    const late = { seq: 3, type: 'progress', step: 1, steps: 2 }
    expect((await tell(runId, token, late)).status).toBe(204)
    expect((await look(account, id)).progress.step).toBe(2)
    await tell(runId, token, failure(5, 'image_truncated'))
    expect((await look(account, id)).status).toBe('failed')
    expect((await tell(runId, token, { seq: 6, type: 'started' })).status).toBe(409)
    expect((await look(account, id)).status).toBe('failed')
  })

  test("an error in the photo is final, keeps the worker's error code, and costs nothing", async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    const { id } = await create(account)
    const { runId, request } = await worker.run(id)
    await tell(runId, request.events.token, { seq: 0, type: 'started' })
    await tell(runId, request.events.token, failure(1, 'image_truncated'))
    expect(await look(account, id)).toMatchObject({
      status: 'failed',
      charged: 0,
      error: { code: 'image_truncated', detail: 'no pixels' },
    })
    const result = await account.get(`/v1/edits/${id}/result`)
    expect([result.status, result.headers.get('retry-after')]).toEqual([404, null])
    await until(async () => (await account.money()).balance === balance)
  })

  test('a success without its result in the bucket is a lost attempt; the third is the last', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    for (const attempt of [1, 2, 3]) {
      const { runId, request } = await worker.run(id, attempt)
      await tell(runId, request.events.token, success(0, 100))
    }
    expect(await ended(account, id)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_failed', detail: expect.stringContaining('stored no result') },
    })
  })
})

describe('a run that fails', () => {
  const faultsOf = (name: string) =>
    runInDurableObject(providerObject(bindings, name), (_, { storage }) =>
      Number(storage.sql.exec('SELECT faults FROM breaker').one().faults),
    )
  const failing = ({ runId, request }: Run, detail: string) =>
    tell(runId, request.events.token, failure(0, 'worker_failed', detail))

  test('twice alike is the last: the edit fails, and no provider is at fault', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    await failing(await worker.run(id, 1), 'the same')
    await failing(await worker.run(id, 2), 'the same')
    expect(await ended(account, id)).toMatchObject({
      status: 'failed',
      charged: 0,
      error: { code: 'worker_failed', detail: 'the same' },
    })
    expect(worker.runs.filter(({ runId }) => runId.includes(id))).toHaveLength(2)
    expect([await faultsOf('first'), await faultsOf('second')]).toEqual([0, 0])
  })

  test('because its storage did not respond is tried again, though it fails alike', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    for (const attempt of [1, 2]) {
      const { runId, request } = await worker.run(id, attempt)
      const away = failure(0, 'storage_unavailable', 'uploading the result failed')
      await tell(runId, request.events.token, away)
    }
    await finish(await worker.run(id, 3))
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
  })

  test('and succeeds elsewhere is the fault of the first provider', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    await failing(await worker.run(id, 1), 'no memory')
    await finish(await worker.run(id, 2))
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
    await until(async () => (await faultsOf('first')) === 1)
    expect(await faultsOf('second')).toBe(0)
  })

  test('because it stored no picture fails alike the second time', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    for (const attempt of [1, 2]) {
      const run = await worker.run(id, attempt)
      const text = new TextEncoder().encode('a text')
      await store(run, text)
      await tell(run.runId, run.request.events.token, success(0, text.length))
    }
    expect(await ended(account, id)).toMatchObject({
      status: 'failed',
      error: { detail: 'the stored result is not an image' },
    })
    expect(await faultsOf('first')).toBe(0)
  })
})

describe('a worker', () => {
  test('that is busy or still starting makes the edit wait, which does not count as an attempt', async () => {
    const worker = new FakeWorker()
    worker.submissions = [409, 503, 429]
    const { id } = await create(account)
    const { runId } = await worker.run(id)
    expect(runId).toMatch(/\.1$/)
  })

  test('that stays busy lets the edit expire, for free', async () => {
    const worker = new FakeWorker()
    worker.submissions = new Array(1000).fill(409)
    const { id } = await create(account)
    expect(await ended(account, id)).toMatchObject({
      status: 'expired',
      charged: 0,
      error: { code: 'worker_timeout', detail: expect.stringContaining('within 8 s') },
    })
  })

  test('that was started with other models is left for one that serves the model', async () => {
    const worker = new FakeWorker()
    worker.submissions = ['other models']
    const { id } = await create(account)
    expect((await worker.run(id)).origin).toBe(SPARE)
  })

  test('that serves other models, as all of them do, makes the edit fail at once, for free', async () => {
    const worker = new FakeWorker()
    worker.submissions = new Array(3).fill('other models')
    const { id } = await create(account)
    expect(await ended(account, id)).toMatchObject({
      status: 'failed',
      charged: 0,
      error: {
        code: 'model_unavailable',
        detail: expect.stringContaining('does not serve embedded-fast'),
      },
    })
    expect(worker.submissions).toEqual([])
  })

  test('that cannot be reached is tried again', async () => {
    const worker = new FakeWorker()
    worker.submissions = ['unreachable']
    worker.report = () => new Response(null, { status: 404 })
    const { id } = await create(account)
    await until(async () => worker.runs.some(({ runId }) => runId.includes(id)))
  })

  test('that loses a run is avoided: the next attempt goes to the spare provider', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const first = await worker.run(id, 1)
    expect(first.origin).toBe(WORKER)
    await tell(first.runId, first.request.events.token, { seq: 0, type: 'started' })
    worker.report = (runId) =>
      runId === first.runId
        ? new Response(null, { status: 404 })
        : Response.json({ runId, status: 'running', last: null })
    const second = await worker.run(id, 2)
    expect(second.origin).toBe(SPARE)
    // The first one comes back: too late, whatever it says.
    const stale = await finish(first, 1)
    const bytes = await finish(second, 2)
    expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
    const result = await account.get(`/v1/edits/${id}/result`)
    const shown = new Uint8Array(await result.arrayBuffer())
    expect(shown).toEqual(bytes)
    expect(shown).not.toEqual(stale)
  })

  test('that dies during every run: three attempts, then the edit fails and costs nothing', async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    worker.report = () => {
      throw new TypeError('connection refused')
    }
    const { id } = await create(account)
    for (const attempt of [1, 2, 3]) {
      const { runId, request } = await worker.run(id, attempt)
      await tell(runId, request.events.token, { seq: 0, type: 'started' })
    }
    expect(await ended(account, id)).toMatchObject({
      status: 'failed',
      error: { code: 'worker_failed', detail: expect.stringContaining('lost') },
    })
    await until(async () => (await account.money()).balance === balance)
  })

  test('that is too slow gets a cancel request', async () => {
    const { RUN_SECONDS } = settings()
    onTestFinished(() => void Object.assign(settings(), { RUN_SECONDS }))
    Object.assign(settings(), { RUN_SECONDS: 4 })
    const worker = new FakeWorker()
    const { id } = await create(account)
    const { runId, request } = await worker.run(id)
    await tell(runId, request.events.token, { seq: 0, type: 'started' })
    await until(async () => worker.cancelled.includes(runId))
    expect((await look(account, id)).status).not.toBe('succeeded')
    await account.post(`/v1/edits/${id}/cancel`, {})
  })
})

describe('signed URLs', () => {
  test('allow one method on one object, with one type and size, until they expire', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const { request } = await worker.run(id)
    const get = pathOf(request.image.url)
    const put = pathOf(request.result.url)
    const png = { 'content-type': 'image/png' }
    const attempt = async (url: string, method: string, headers = {}, content?: string) =>
      (await call(url, { method, headers, ...(content !== undefined && { body: content }) })).status
    expect(await attempt(get.replace('/in/', '/out/'), 'GET')).toBe(403)
    expect(await attempt(get.replace(/signature=[^&]+/, 'signature=x'), 'GET')).toBe(403)
    expect(await attempt(get.replace(/expires=\d+/, 'expires=99999999999999'), 'GET')).toBe(403)
    expect(await attempt(get.split('?')[0] as string, 'GET')).toBe(403)
    expect(await attempt(get, 'PUT', png, 'x')).toBe(403)
    expect(await attempt(put, 'GET')).toBe(403)
    expect(await attempt(put, 'PUT', { 'content-type': 'text/html' }, 'x')).toBe(403)
    expect(await attempt(put.replace(/max=\d+/, 'max=999999999'), 'PUT', png, 'x')).toBe(403)
    const before = (await bindings.BUCKET.list()).objects.length
    expect(await attempt(put, 'PUT', png, 'x')).toBe(201)
    expect((await bindings.BUCKET.list()).objects.length).toBe(before + 1)
  })
})
