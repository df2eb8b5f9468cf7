/** Living with an edit: looking, waiting, following, listing, cancelling, deleting. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { greyPng } from '../../fixtures/png.ts'
import { Account, bindings, call, json, resetProviders, until } from '../app.ts'
import {
  create,
  editBody,
  ended,
  FakeWorker,
  finish,
  look,
  pathOf,
  tell,
  type View,
} from '../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(() => vi.unstubAllGlobals())

describe('reading an edit', () => {
  test('with an ETag the response is 304 until the edit changes', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const run = await worker.run(id)
    const first = await account.get(`/v1/edits/${id}`)
    const etag = first.headers.get('etag') ?? ''
    const same = await account.get(`/v1/edits/${id}`, { 'if-none-match': etag })
    expect([same.status, await same.text()]).toEqual([304, ''])
    await finish(run)
    expect((await account.get(`/v1/edits/${id}`, { 'if-none-match': etag })).status).toBe(200)
  })

  test('Prefer: wait holds the response until the edit is over, for POST and for GET', async () => {
    const worker = new FakeWorker()
    const waiting = create(account, { metadata: { order: '7' } }, { prefer: 'wait=60' })
    const run = await until(async () => worker.runs.at(-1))
    await finish(run)
    const view = await waiting
    expect(view).toMatchObject({ status: 'succeeded', metadata: { order: '7' } })
    expect(view.result?.url).toMatch(/^https:\/\/api\.example\.com\/blobs\//)
    const other = await create(account)
    const start = Date.now()
    const answer = await account.get(`/v1/edits/${other.id}`, { prefer: 'wait=1' })
    expect(Date.now() - start).toBeGreaterThan(900)
    expect((await json(answer)).status).toBe('dispatching')
  })

  test('Prefer: wait also works for an edit that is not yet handed over to its Durable Object', async () => {
    const worker = new FakeWorker()
    const burst = await Promise.all(Array.from({ length: 8 }, () => create(account)))
    const { id } = burst.at(-1) as View
    const waiting = account.get(`/v1/edits/${id}`, { prefer: 'wait=60' })
    // All of them, so that nothing goes on behind the next test.
    for (const one of burst) await finish(await worker.run(one.id))
    expect((await json(await waiting)).status).toBe('succeeded')
  })
})

describe('following', () => {
  const read = async (answer: Response) => {
    const text = await answer.text()
    return text
      .split('\n\n')
      .filter((block) => block.includes('event:'))
      .map((block) => {
        const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? ''
        return { id: Number(field('id')), event: field('event'), data: JSON.parse(field('data')) }
      })
  }

  test('events arrive as they happen, end with the edit, and resume after Last-Event-ID', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const run = await worker.run(id)
    const stream = account.get(`/v1/edits/${id}/events`)
    const { token } = run.request.events
    await tell(run.runId, token, { seq: 0, type: 'started' })
    const preview = 'data:image/webp;base64,AAAA'
    await tell(run.runId, token, { seq: 1, type: 'progress', step: 1, steps: 2, preview })
    const answer = await stream
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const live = read(answer)
    await tell(run.runId, token, {
      seq: 2,
      type: 'failed',
      problem: { type: 't', title: 't', status: 422, code: 'image_truncated', detail: 'd' },
    })
    const events = await live
    expect(events.map(({ event, data }) => [event, data.status ?? data.step])).toEqual([
      ['status', 'queued'],
      ['status', 'dispatching'],
      ['status', 'running'],
      ['progress', 1],
      ['status', 'failed'],
    ])
    expect(events[3]?.data.preview).toBe(preview)
    const after = await account.get(`/v1/edits/${id}/events`, {
      'last-event-id': String(events[2]?.id),
    })
    const rest = await read(after)
    expect(rest.map(({ id }) => id)).toEqual([events[3]?.id, events[4]?.id])
    // Thumbnails are for the moment.
    expect(rest[0]?.data.preview).toBeUndefined()
  })

  test('a client that has the last event is told with 204 to stay away', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account)
    const follow = (last: string) =>
      account.get(`/v1/edits/${id}/events`, { 'last-event-id': last })
    const early = await follow('99')
    expect(early.status).toBe(200)
    await early.body?.cancel()
    await finish(await worker.run(id))
    await ended(account, id)
    const events = await read(await account.get(`/v1/edits/${id}/events`))
    const last = events.at(-1)?.id ?? 0
    for (const at of [last, last + 1]) {
      const over = await follow(String(at))
      expect([over.status, await over.text()]).toEqual([204, ''])
    }
    expect((await read(await follow(String(last - 1)))).map((event) => event.id)).toEqual([last])
    for (const unknown of ['0', 'x', '', '-1'])
      expect(await read(await follow(unknown))).toEqual(events)
  })
})

describe('cancelling', () => {
  test('before it started costs nothing', async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    const { id } = await create(account)
    const { runId } = await worker.run(id)
    const answer = await account.post(`/v1/edits/${id}/cancel`, {})
    expect(await answer.json()).toMatchObject({ status: 'canceled', chargedOnCancel: false })
    await until(async () => worker.cancelled.includes(runId))
    await until(async () => (await account.money()).balance === balance)
  })

  test('after it started is charged, and the response says so; a late success changes nothing', async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    const { id } = await create(account)
    const run = await worker.run(id)
    await tell(run.runId, run.request.events.token, { seq: 0, type: 'started' })
    const answer = await account.post(`/v1/edits/${id}/cancel`, {})
    expect(await answer.json()).toMatchObject({ status: 'canceled', chargedOnCancel: true })
    await finish(run)
    expect(await look(account, id)).toMatchObject({ status: 'canceled', charged: 104 })
    await until(async () => (await account.money()).held === 0)
    expect((await account.money()).balance).toBe(balance - 104)
    const again = await account.post(`/v1/edits/${id}/cancel`, {})
    expect([again.status, await again.json()]).toMatchObject([409, { code: 'conflict' }])
  })

  test('Cancel-After cancels it automatically', async () => {
    new FakeWorker()
    const { id } = await create(account, {}, { 'cancel-after': '1s' })
    expect(await ended(account, id)).toMatchObject({ status: 'canceled', charged: 0 })
    const never = await account.post('/v1/edits', await editBody(), { 'cancel-after': '' })
    expect(never.status).toBe(202)
    const wrong = await account.post('/v1/edits', await editBody(), { 'cancel-after': 'soon' })
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { code: 'invalid_request' }])
  })
})

describe('deleting', () => {
  test('removes photo, result, prompt and metadata, returns 410 from then on, and keeps the postings', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account, { prompt: 'a secret wish', metadata: { who: 'me' } })
    const run = await worker.run(id)
    await finish(run)
    await until(async () => (await look(account, id)).status === 'succeeded')
    const { balance } = await account.money()
    const result = (await look(account, id)).result?.url ?? ''
    expect((await account.delete(`/v1/edits/${id}`)).status).toBe(204)
    for (const path of ['', '/result', '/events']) {
      const answer = await account.get(`/v1/edits/${id}${path}`)
      expect([answer.status, await answer.json()]).toMatchObject([410, { code: 'gone' }])
    }
    expect((await account.delete(`/v1/edits/${id}`)).status).toBe(410)
    expect((await call(pathOf(result))).status).toBe(404)
    expect((await call(pathOf(run.request.image.url))).status).toBe(404)
    expect((await account.money()).balance).toBe(balance)
    const list = (await json(await account.get('/v1/edits?limit=100'))).edits as View[]
    expect(list.some((edit) => edit.id === id)).toBe(false)
  })

  test('cancels an edit in progress', async () => {
    const worker = new FakeWorker()
    const { balance } = await account.money()
    const { id } = await create(account)
    const { runId } = await worker.run(id)
    expect((await account.delete(`/v1/edits/${id}`)).status).toBe(204)
    await until(async () => worker.cancelled.includes(runId))
    await until(async () => (await account.money()).balance === balance)
    const inputs = await bindings.BUCKET.list({ prefix: `acct/${account.id}/in/` })
    expect(JSON.stringify(inputs.objects)).not.toContain(id)
  })
})

test('a list has pages, newest first, and a filter by metadata', async () => {
  const own = await Account.open()
  new FakeWorker()
  const ids: string[] = []
  for (const colour of ['red', 'blue', 'red', 'red'])
    ids.push((await create(own, { metadata: { colour, 'a.b': 'x' } })).id)
  const page = async (query: string) => {
    const body = await json(await own.get(`/v1/edits?${query}`))
    return {
      ids: (body.edits as View[]).map(({ id }) => id),
      next: body.next as string | undefined,
    }
  }
  const first = await page('limit=3')
  expect(first.ids).toEqual(ids.slice(1).reverse())
  expect(await page(`limit=3&cursor=${first.next}`)).toEqual({ ids: [ids[0]], next: undefined })
  expect((await page('metadata.colour=red&metadata.a.b=x')).ids).toEqual([ids[3], ids[2], ids[0]])
  expect((await page('limit=&cursor=')).ids).toEqual((await page('')).ids)
  for (const query of ['limit=0', 'limit=101', 'cursor=nonsense', 'unknown=1'])
    expect((await own.get(`/v1/edits?${query}`)).status).toBeGreaterThanOrEqual(400)
})

test('a list takes as many filters as an edit has metadata', async () => {
  const own = await Account.open()
  new FakeWorker()
  const names = Array.from({ length: 16 }, (_, i) => `name.${i}`)
  const { id } = await create(own, {
    metadata: Object.fromEntries(names.map((name) => [name, 'x'])),
  })
  const list = (filters: readonly string[]) =>
    own.get(`/v1/edits?${filters.map((name) => `metadata.${name}=x`).join('&')}`)
  expect(((await json(await list(names))).edits as View[]).map((edit) => edit.id)).toEqual([id])
  for (const count of [17, 500]) {
    const many = await list(Array.from({ length: count }, (_, i) => `n${i}`))
    expect([many.status, await many.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: expect.stringContaining('16') },
    ])
  }
})

test('the result is byte for byte what the worker stored, and other accounts cannot read it', async () => {
  const worker = new FakeWorker()
  const { id } = await create(account)
  const bytes = await finish(await worker.run(id), 77)
  await ended(account, id)
  const shown = await account.get(`/v1/edits/${id}/result`)
  expect(new Uint8Array(await shown.arrayBuffer())).toEqual(bytes)
  expect(bytes).toEqual(await greyPng(128, 96, () => 77))
  const other = await Account.open()
  expect((await other.get(`/v1/edits/${id}/result`)).status).toBe(404)
})
