/** How much an account may have open, and how often it may ask: each limit by its own test. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { app } from '../../../edge/app.ts'
import { accountObject } from '../../../edge/objects/names.ts'
import { Account, bindings, json, operator, post, resetProviders, settings, until } from '../app.ts'
import { create, editBody, FakeWorker, finish } from '../fake-worker.ts'

let account: Account
let worker: FakeWorker
beforeEach(async () => {
  account = await Account.open()
  worker = new FakeWorker()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const inAccount = (work: (sql: SqlStorage) => void) =>
  runInDurableObject(accountObject(bindings, 'auto', account.id), (_, { storage }) =>
    work(storage.sql),
  )
const testHeaders = () => ({ authorization: `Bearer ${account.test}` })

describe('open edits', () => {
  /** Edits that nobody dispatches; their account still waits for their end. */
  const open = (count: number, mode: 'live' | 'test') =>
    inAccount((sql) =>
      sql.exec(
        `INSERT INTO edit (id, key, price, summary, metadata, createdAt, checkAt)
          WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
          SELECT 'edit-' || ?2 || n, 'k', 0, json_object('mode', ?2, 'model', 'embedded'), '{}', 0, ?3 FROM number`,
        count,
        mode,
        Date.now() + 3600_000,
      ),
    )

  test.each([
    ['test keys', 'test', 'MAX_OPEN_TEST_EDITS'],
    ['live keys', 'live', 'MAX_OPEN_EDITS'],
  ] as const)('of %s: one more than there may be is a 429 that names the number', async (...of) => {
    const [, mode, setting] = of
    const most = settings()[setting]
    await open(most - 1, mode)
    const headers = mode === 'test' ? testHeaders() : account.headers
    expect((await post('/v1/edits', await editBody(), headers)).status).toBe(202)
    const before = (await bindings.BUCKET.list()).objects.length
    const more = { ...headers, 'idempotency-key': crypto.randomUUID() }
    const rejected = await post('/v1/edits', await editBody(), more)
    expect([rejected.status, await rejected.json()]).toMatchObject([
      429,
      { code: 'rate_limited', detail: expect.stringContaining(String(most)) },
    ])
    expect(Number(rejected.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await bindings.BUCKET.list()).objects.length).toBe(before)
    // Those of the other mode are counted by themselves.
    const others = mode === 'test' ? account.headers : testHeaders()
    expect((await post('/v1/edits', await editBody(), others)).status).toBe(202)
    await inAccount((sql) => sql.exec("DELETE FROM edit WHERE id LIKE 'edit-%'"))
  })

  test('are counted again where edits are accepted: two that were admitted at once do not both fit', async () => {
    await open(settings().MAX_OPEN_EDITS - 1, 'live')
    const body = await editBody()
    const answers = await Promise.all([1, 2, 3].map(() => account.post('/v1/edits', body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 429, 429])
    await inAccount((sql) => sql.exec("DELETE FROM edit WHERE id LIKE 'edit-%'"))
  })

  test('that have ended are not counted', async () => {
    await open(settings().MAX_OPEN_EDITS - 1, 'live')
    const { id } = await create(account)
    await finish(await worker.run(id))
    await until(async () => (await account.money()).held === 0)
    expect((await account.post('/v1/edits', await editBody())).status).toBe(202)
    await inAccount((sql) => sql.exec("DELETE FROM edit WHERE id LIKE 'edit-%'"))
  })
})

describe('uploads', () => {
  const file = (bytes = 1000) => ({ contentType: 'image/png', bytes })
  const upload = (headers: Record<string, string>, bytes?: number) =>
    post('/v1/uploads', file(bytes), { ...headers, 'idempotency-key': crypto.randomUUID() })
  const clientToken = async () => {
    const token = await json(await account.post('/v1/client-tokens', { edits: 1 }))
    return { authorization: `Bearer ${token.token}` }
  }

  test('of a client token are limited in number, each token by itself', async () => {
    const [one, other] = [await clientToken(), await clientToken()]
    const most = settings().MAX_CLIENT_UPLOADS
    for (let i = 0; i < most; i++) expect((await upload(one)).status).toBe(201)
    const rejected = await upload(one)
    expect([rejected.status, await rejected.json()]).toMatchObject([
      429,
      { code: 'rate_limited', detail: expect.stringContaining(`limit is ${most}`) },
    ])
    const wait = Number(rejected.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(3600)
    expect((await upload(other)).status).toBe(201)
  })

  test('of a client token are limited in bytes', async () => {
    const headers = await clientToken()
    const most = settings().MAX_CLIENT_UPLOAD_BYTES
    for (let sent = 0; sent + 20_000_000 <= most; sent += 20_000_000)
      expect((await upload(headers, 20_000_000)).status).toBe(201)
    const rejected = await upload(headers, 20_000_000)
    expect([rejected.status, await rejected.json()]).toMatchObject([
      429,
      { detail: expect.stringContaining(`${most} bytes`) },
    ])
  })

  test('of an account are limited, in number and in bytes, while their URLs are valid', async () => {
    const fill = (count: number, bytes: number) =>
      inAccount((sql) =>
        sql.exec(
          `INSERT INTO upload (id, contentType, bytes, expiresAt)
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
            SELECT 'upl-' || n, 'image/png', ?2, ?3 FROM number`,
          count,
          bytes,
          Date.now() + 60_000,
        ),
      )
    const { MAX_UPLOADS, MAX_UPLOAD_BYTES } = settings()
    await fill(MAX_UPLOADS, 1)
    expect((await upload(account.headers)).status).toBe(429)
    // The same request as one that was answered creates no other.
    await inAccount((sql) => sql.exec('DELETE FROM upload'))
    const headers = { 'idempotency-key': 'an upload' }
    const first = await json(await account.post('/v1/uploads', file(), headers))
    await fill(2, MAX_UPLOAD_BYTES / 2)
    expect((await upload(account.headers)).status).toBe(429)
    const again = await account.post('/v1/uploads', file(), headers)
    expect([again.status, (await json(again)).id]).toEqual([201, first.id])
    await inAccount((sql) => sql.exec('UPDATE upload SET expiresAt = ?', Date.now() - 1))
    expect((await upload(account.headers)).status).toBe(201)
  })
})

describe('webhook messages that a caller asks for', () => {
  const register = async (path = 'in') =>
    (await json(await account.post('/v1/webhooks', { url: `https://hooks.example.org/${path}` })))
      .id

  test('are limited a minute, over all endpoints, test events and repeated messages together', async () => {
    worker.others = () => new Response(null, { status: 204 })
    const [one, two] = [await register(), await register()]
    const most = settings().WEBHOOK_TESTS_PER_MINUTE
    const started = Math.floor(Date.now() / 60_000)
    const paths = Array.from({ length: most + 3 }, (_, i) =>
      i % 2 === 0 ? `${one}/test` : `${two}/deliveries/msg_x/redeliver`,
    )
    const statuses: number[] = []
    for (const path of paths) {
      const answer = await account.post(`/v1/webhooks/${path}`, {})
      statuses.push(answer.status)
      if (answer.status === 429)
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    // A message that does not exist is counted too.
    const allowed = paths.map((_, i) => (i % 2 === 0 ? 202 : 404))
    if (Math.floor(Date.now() / 60_000) === started)
      expect(statuses).toEqual([...allowed.slice(0, most), 429, 429, 429])
  })

  test('are sent once under an Idempotency-Key', async () => {
    const received: string[] = []
    worker.others = (request) => {
      // Those of the test before may still be on their way.
      if (request.url.endsWith('/once')) received.push(request.headers.get('webhook-id') ?? '')
      return new Response(null, { status: 204 })
    }
    const id = await register('once')
    const headers = { 'idempotency-key': 'one test' }
    const send = () => account.post(`/v1/webhooks/${id}/test`, {}, headers)
    const first = await send()
    const again = await send()
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    const { message } = await json(first)
    expect(await json(again)).toEqual({ message })
    await until(async () => received.length > 0)
    expect(received).toEqual([message])
    // Without the header, as before.
    const { authorization = '' } = account.headers
    expect((await post(`/v1/webhooks/${id}/test`, {}, { authorization })).status).toBe(202)
  })
})

test('plans have a limit of their own, by key, counted before the body is read', async () => {
  const counted: string[] = []
  const PLANS = {
    limit: async ({ key }: { key: string }) => {
      counted.push(key)
      return { success: counted.length <= 1 }
    },
  }
  const plan = (key: string) =>
    app.request(
      '/v1/plan',
      { method: 'POST', body: '{', headers: { authorization: `Bearer ${key}` } },
      { ...bindings, PLANS },
    )
  expect((await plan(account.live)).status).not.toBe(429)
  const rejected = await plan(account.live)
  expect([rejected.status, await rejected.json()]).toMatchObject([429, { code: 'rate_limited' }])
  expect(rejected.headers.get('retry-after')).toBe('10')
  await plan(account.test)
  expect(counted[0]).toBe(counted[1])
  expect(counted[2]).not.toBe(counted[0])
})

test('an edit that would wait too long is a 503 with Retry-After, and is accepted once the queue is short', async () => {
  const names = ['first', 'second']
  // Accounts that wait, each of which would be served before this one.
  for (const name of names)
    await runInDurableObject(
      bindings.PROVIDERS_STATE.getByName(name),
      (_, { storage: { sql } }) => {
        sql.exec("INSERT INTO run_time (kind, seconds) VALUES ('live', 100)")
        sql.exec(
          `INSERT INTO ticket (edit, account, region, lane, state, since, until)
          WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 90)
          SELECT n || '/x', n, 'auto', 0, CASE WHEN n <= 50 THEN 'running' ELSE 'waiting' END, ?1, ?1 + 60000 FROM number`,
          Date.now(),
        )
      },
    )
  const answer = await until(async () => {
    // The status that this isolate heard before is up to a second old.
    const tried = await account.post('/v1/edits', await editBody())
    return tried.status === 202 ? null : tried
  })
  expect([answer.status, await answer.json()]).toMatchObject([503, { code: 'model_unavailable' }])
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  const { balance, held } = await account.money()
  expect(balance + held).toBe(1_000_000)
  await resetProviders()
  await until(async () => (await account.post('/v1/edits', await editBody())).status === 202)
  const providers = await app.request('/admin/providers', { headers: operator }, bindings)
  expect(providers.status).toBe(200)
})
