/** Keys and client tokens: what opens which door, until when, and for how much. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { mintKey } from '../../../../edge/access/keys.ts'
import { directoryObject } from '../../../../edge/objects/names.ts'
import { settingsOf } from '../../../../edge/settings/settings.ts'
import { Account, bindings, call, json, operator, post, resetProviders, until } from '../../app.ts'
import { editBody, FakeWorker, look, tell } from '../../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  vi.useRealTimers()
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const as = (key: string) => ({
  authorization: `Bearer ${key}`,
  'idempotency-key': crypto.randomUUID(),
})
/** Cached answers are good for 30 seconds; this is later. */
const later = () => vi.setSystemTime(Date.now() + 31_000)
const newKey = async (fields: object): Promise<{ id: string; key: string }> =>
  (await (await account.post('/v1/keys', { mode: 'live', ...fields })).json()) as never
const newToken = async (fields: object): Promise<{ id: string; token: string }> =>
  (await (await account.post('/v1/client-tokens', fields)).json()) as never

describe('authentication', () => {
  test.each([
    [{}],
    [{ authorization: 'Bearer wrong' }],
    [{ authorization: 'Basic dXNlcjpwYXNz' }],
    [{ authorization: 'Bearer test-operator-test-operator' }],
  ])('%j is rejected by every route', async (headers) => {
    for (const [method, path] of [
      ['GET', '/v1/edits/x'],
      ['POST', '/v1/edits'],
      ['POST', '/v1/plan'],
      ['POST', '/v1/uploads'],
      ['GET', '/v1/usage'],
      ['GET', '/v1/account'],
      ['POST', '/v1/keys'],
      ['GET', '/v1/webhooks'],
    ] as const) {
      const answer = await call(path, { method, headers: headers as Record<string, string> })
      expect([path, answer.status, answer.headers.get('content-type')]).toEqual([
        path,
        401,
        'application/problem+json',
      ])
      expect(await answer.json()).toMatchObject({
        code: 'unauthenticated',
        requestId: answer.headers.get('request-id'),
      })
    }
  })

  test('an account key cannot call operator routes, and a key of a nonexistent account is rejected', async () => {
    for (const path of ['/admin/accounts', `/admin/accounts/${account.id}`, '/admin/providers'])
      expect((await call(path, { headers: as(account.live) })).status).toBe(401)
    const of = { kind: 'key', mode: 'live', region: 'auto', account: 'nobodyatall1' } as const
    const { text } = await mintKey(of, settingsOf(bindings).KEY_PEPPERS)
    expect((await call('/v1/usage', { headers: as(text) })).status).toBe(401)
  })

  test('scopes', async () => {
    const { key } = await newKey({ scopes: ['edits:read'] })
    const refused = await post('/v1/edits', await editBody(), as(key))
    expect([refused.status, await refused.json()]).toMatchObject([403, { code: 'forbidden' }])
    expect((await call('/v1/edits', { headers: as(key) })).status).toBe(200)
    const { key: maker } = await newKey({ scopes: ['keys:write'] })
    const more = await post('/v1/keys', { mode: 'live', scopes: ['usage:read'] }, as(maker))
    expect([more.status, await more.json()]).toMatchObject([403, { pointer: '/scopes' }])
  })
})

describe('a key', () => {
  test('is returned once, or again for the same Idempotency-Key, and is stored nowhere as plain text', async () => {
    const headers = { 'idempotency-key': 'make one' }
    const body = { mode: 'live', name: 'backend' }
    const first = await json(await account.post('/v1/keys', body, headers))
    const again = await account.post('/v1/keys', body, headers)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await json(again)).key).toBe(first.key)
    const { keys } = (await json(await account.get('/v1/keys'))) as { keys: { name: string }[] }
    expect(keys.filter(({ name }) => name === 'backend')).toHaveLength(1)
    expect(JSON.stringify(keys)).not.toContain(String(first.key).split('_')[5])
  })

  test('is rejected within 30 seconds of its revocation, and at once for new edits', async () => {
    new FakeWorker()
    const { id, key } = await newKey({})
    expect((await call('/v1/edits/x', { headers: as(key) })).status).toBe(404)
    expect((await account.delete(`/v1/keys/${id}`)).status).toBe(204)
    // The cached answer still opens the door, but accepting asks the account.
    expect((await post('/v1/edits', await editBody(), as(key))).status).toBe(401)
    later()
    expect((await call('/v1/edits/x', { headers: as(key) })).status).toBe(401)
  })

  test('expires', async () => {
    const { key } = await newKey({ expiresAt: new Date(Date.now() + 60_000).toISOString() })
    expect((await call('/v1/edits/x', { headers: as(key) })).status).toBe(404)
    vi.setSystemTime(Date.now() + 61_000)
    expect((await call('/v1/edits/x', { headers: as(key) })).status).toBe(401)
  })

  test('has its rate and its monthly spend, which a release gives back', async () => {
    new FakeWorker()
    const { key: slow } = await newKey({ ratePerMinute: 2, scopes: ['edits:write', 'edits:read'] })
    vi.setSystemTime(Math.ceil(Date.now() / 60_000) * 60_000 + 1000)
    for (const status of [202, 202, 429]) {
      const answer = await post('/v1/edits', await editBody(), as(slow))
      expect(answer.status).toBe(status)
      if (status === 429) {
        expect(await answer.json()).toMatchObject({ code: 'rate_limited' })
        expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50)
      } else expect(answer.headers.get('ratelimit-policy')).toBe('"creates";q=2;w=60')
    }
    vi.useRealTimers()
    const { key: thrifty } = await newKey({ spendPerMonth: 150 })
    const first = await post('/v1/edits', await editBody(), as(thrifty))
    const { id } = (await first.json()) as { id: string }
    const second = await post('/v1/edits', await editBody(), as(thrifty))
    expect([second.status, await second.json()]).toMatchObject([402, { code: 'spend_limit' }])
    await account.post(`/v1/edits/${id}/cancel`, {})
    await until(async () => (await post('/v1/edits', await editBody(), as(thrifty))).status === 202)
  })
})

describe('a client token', () => {
  test('allows its number of edits and no more; an edit whose hold is released does not count', async () => {
    new FakeWorker()
    const { token } = await newToken({ edits: 2 })
    const body = await editBody()
    const answers = await Promise.all([1, 2, 3, 4].map(() => post('/v1/edits', body, as(token))))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 202, 402, 402])
    const won = answers.find(({ status }) => status === 202) as Response
    const { id } = (await won.json()) as { id: string }
    expect(
      (await call(`/v1/edits/${id}/cancel`, { method: 'POST', headers: as(token) })).status,
    ).toBe(200)
    await until(async () => (await post('/v1/edits', body, as(token))).status === 202)
  })

  test('can read only its own edits, cannot list edits or use image URLs, and has its own limits', async () => {
    new FakeWorker()
    const limits = { edits: 9, maxSteps: 3, models: ['embedded-fast'], maxSpend: 300 }
    const { token } = await newToken(limits)
    const { token: other } = await newToken({})
    const mine = (await json(await post('/v1/edits', await editBody(), as(token)))) as {
      id: string
    }
    expect((await call(`/v1/edits/${mine.id}`, { headers: as(token) })).status).toBe(200)
    expect((await call(`/v1/edits/${mine.id}`, { headers: as(other) })).status).toBe(404)
    expect(await look(account, mine.id)).toMatchObject({ id: mine.id })
    const refused = async (body: object) => {
      const answer = await post(
        '/v1/edits',
        await editBody(body as Record<string, unknown>),
        as(token),
      )
      return [answer.status, ((await answer.json()) as { code: string }).code]
    }
    expect(await refused({ model: 'embedded' })).toEqual([403, 'forbidden'])
    expect(await refused({ steps: 4 })).toEqual([403, 'forbidden'])
    expect(await refused({ image: 'https://pictures.example.org/a.png' })).toEqual([
      403,
      'forbidden',
    ])
    expect((await post('/v1/edits', await editBody(), as(token))).status).toBe(202)
    expect(await refused({})).toEqual([402, 'spend_limit'])
    for (const path of ['/v1/edits', '/v1/keys', '/v1/webhooks', '/v1/usage', '/v1/client-tokens'])
      expect((await call(path, { headers: as(token) })).status).toBe(403)
  })

  test('stops working when it expires or its key is revoked', async () => {
    const { token } = await newToken({ expiresIn: 10 })
    expect((await call('/v1/edits/x', { headers: as(token) })).status).toBe(404)
    vi.setSystemTime(Date.now() + 11_000)
    expect((await post('/v1/edits', await editBody(), as(token))).status).toBe(401)
    vi.useRealTimers()
    const parent = await newKey({ scopes: ['keys:write', 'edits:write', 'edits:read'] })
    const child = (await json(await post('/v1/client-tokens', {}, as(parent.key)))) as {
      token: string
    }
    expect((await call('/v1/edits/x', { headers: as(child.token) })).status).toBe(404)
    await account.delete(`/v1/keys/${parent.id}`)
    expect((await post('/v1/edits', await editBody(), as(child.token))).status).toBe(401)
    later()
    expect((await call('/v1/edits/x', { headers: as(child.token) })).status).toBe(401)
  })

  test('works from its allowed origins; others are rejected, and preflight requests get a response', async () => {
    const { token } = await newToken({ origins: ['https://app.example.org'] })
    const from = (origin: string) => call('/v1/edits/x', { headers: { ...as(token), origin } })
    const good = await from('https://app.example.org')
    expect([good.status, good.headers.get('access-control-allow-origin')]).toEqual([
      404,
      'https://app.example.org',
    ])
    expect(good.headers.get('access-control-expose-headers')).toContain('Account-Balance')
    const bad = await from('https://evil.example.org')
    expect(bad.status).toBe(403)
    // The page can read the error, and nothing else.
    expect(bad.headers.get('access-control-allow-origin')).toBe('https://evil.example.org')
    const preflight = await call('/v1/edits', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example.org', 'access-control-request-method': 'POST' },
    })
    expect([preflight.status, preflight.headers.get('access-control-allow-headers')]).toEqual([
      204,
      expect.stringContaining('idempotency-key'),
    ])
  })
})

describe('the operator', () => {
  test('creates, tops up, refunds and closes accounts, each once however often the request is repeated', async () => {
    const reference = crypto.randomUUID()
    const open = () => post('/admin/accounts', { name: 'a', reference }, operator)
    const [first, second] = [await json(await open()), await json(await open())]
    expect(second.id).toBe(first.id)
    const path = `/admin/accounts/${first.id}`
    const topup = (amount: number) =>
      post(`${path}/topups`, { amount, reference: 'bill 1' }, operator)
    expect(await json(await topup(500))).toEqual({ balance: 500 })
    expect(await json(await topup(500))).toEqual({ balance: 500 })
    expect((await topup(501)).status).toBe(409)
    const unknown = await post(
      `${path}/refunds`,
      { edit: `edit_${'0'.repeat(48)}`, reference: 'x' },
      operator,
    )
    expect(unknown.status).toBe(404)
    const listed = (await json(await call('/admin/accounts', { headers: operator }))).accounts
    expect(JSON.stringify(listed)).toContain(String(first.id))
    expect((await post(`${path}/close`, {}, operator)).status).toBe(204)
    expect((await call('/admin/accounts/aaaaaaaaaaaa', { headers: operator })).status).toBe(404)
  })

  test('sees no account whose creation failed, and can create it elsewhere with the same reference', async () => {
    const reference = crypto.randomUUID()
    const open = (region: string) =>
      post('/admin/accounts', { name: reference, region, reference }, operator)
    const listed = async () =>
      JSON.stringify(await json(await call('/admin/accounts', { headers: operator })))
    const directory = directoryObject(bindings)
    // This machine has no jurisdictions.
    expect((await open('eu')).status).toBe(500)
    expect(await listed()).not.toContain(reference)
    const [{ id }] = (await runInDurableObject(directory, (_, { storage }) =>
      storage.sql.exec('SELECT id FROM account WHERE reference = ?', reference).toArray(),
    )) as [{ id: string }]
    expect((await call(`/admin/accounts/${id}`, { headers: operator })).status).toBe(404)
    const opened = await open('weur')
    expect([opened.status, await opened.json()]).toMatchObject([201, { region: 'weur' }])
    expect(await listed()).toContain(reference)
    // From now on the region stands.
    expect(await json(await open('eu'))).toMatchObject({ region: 'weur' })
    expect(await directory.opened({ id, region: 'eu' })).toBe(false)
  })

  test('refunds a charged edit once', async () => {
    const worker = new FakeWorker()
    const { create, finish } = await import('../../fake-worker.ts')
    const { id } = await create(account)
    const path = `/admin/accounts/${account.id}/refunds`
    const refund = (reference: string) => post(path, { edit: id, reference }, operator)
    expect((await refund('too early')).status).toBe(404)
    await finish(await worker.run(id))
    await until(async () => (await account.money()).held === 0)
    const { balance } = await account.money()
    expect(await json(await refund('sorry'))).toEqual({ amount: 104, balance: balance + 104 })
    expect(await json(await refund('sorry'))).toEqual({ amount: 104, balance: balance + 104 })
    expect((await refund('sorry again')).status).toBe(409)
    const { usage } = (await json(await account.get('/v1/usage'))) as { usage: { cost: number }[] }
    expect(usage.at(-1)).toMatchObject({ edits: 1, captured: 1, refunded: 1, cost: 0 })
  })

  test('closes an account: its keys are rejected', async () => {
    await post(`/admin/accounts/${account.id}/close`, {}, operator)
    expect((await post('/v1/edits', await editBody(), as(account.live))).status).toBe(401)
  })
})

test('usage by day, key, client token and model, as JSON and as CSV', async () => {
  new FakeWorker()
  const { id: client, token } = await newToken({})
  await post('/v1/edits', await editBody(), as(token))
  await account.post('/v1/edits', await editBody())
  const usage = async (query: string) => await account.get(`/v1/usage?${query}`)
  const today = new Date().toISOString().slice(0, 10)
  expect(await json(await usage('by=day'))).toMatchObject({
    currency: 'USD',
    usage: [{ day: today, edits: 2, captured: 0, cost: 0 }],
  })
  expect(await json(await usage('by=client'))).toMatchObject({
    usage: [
      { client: '', edits: 1 },
      { client, edits: 1 },
    ],
  })
  expect(await json(await usage('by=model'))).toMatchObject({
    usage: [{ model: 'embedded-fast', edits: 2, captured: 0, cost: 0 }],
  })
  const csv = await usage('by=key&format=csv')
  expect(csv.headers.get('content-type')).toContain('text/csv')
  expect(await csv.text()).toMatch(
    /^key,edits,captured,released,refunded,cost\r\n[a-z0-9]{10},2,0,0,0,0\r\n$/,
  )
  expect((await usage('by=mood')).status).toBe(422)
})

describe('a key that another key created', () => {
  const create = async (
    parent: string,
    fields: object = {},
  ): Promise<{ id: string; key: string }> =>
    (await (await post('/v1/keys', { mode: 'live', ...fields }, as(parent))).json()) as never
  const edit = async (key: string) => post('/v1/edits', await editBody(), as(key))
  const scopes = ['keys:write', 'edits:write', 'edits:read']

  test('shares the rate and the spending limit of the keys above it', async () => {
    new FakeWorker()
    const limited = await newKey({ scopes, ratePerMinute: 2, spendPerMonth: 150 })
    const child = await create(limited.key)
    expect((await edit(child.key)).status).toBe(202)
    expect(await json(await edit(child.key))).toMatchObject({ code: 'spend_limit' })
    // Rejected, and counted.
    expect(await json(await edit(limited.key))).toMatchObject({ code: 'rate_limited' })
    expect(await json(await edit(child.key))).toMatchObject({ code: 'rate_limited' })
  })

  test('ends with the key above it, however long it was to live', async () => {
    new FakeWorker()
    const parent = await newKey({ scopes })
    const child = await create(parent.key, { scopes })
    const grandchild = await create(child.key)
    expect((await edit(grandchild.key)).status).toBe(202)
    expect((await account.delete(`/v1/keys/${parent.id}`)).status).toBe(204)
    expect(await json(await edit(grandchild.key))).toMatchObject({ code: 'unauthenticated' })
  })

  test('creates keys at most eight levels deep', async () => {
    // The account's own key is the first of the line, this one the second.
    let { key } = await newKey({ scopes })
    for (let depth = 2; depth < 8; depth++) ({ key } = await create(key, { scopes }))
    expect(await create(key, { scopes })).toMatchObject({ code: 'forbidden' })
  })

  test('creates no client tokens that spend unless it may spend itself', async () => {
    const minter = await newKey({ scopes: ['keys:write'] })
    const answer = await post('/v1/client-tokens', {}, as(minter.key))
    expect(await json(answer)).toMatchObject({ code: 'forbidden' })
  })
})

test('a test key revokes no live key and no live client token', async () => {
  const live = await newKey({})
  const token = await newToken({})
  for (const path of [`/v1/keys/${live.id}`, `/v1/client-tokens/${token.id}`]) {
    expect((await call(path, { method: 'DELETE', headers: as(account.test) })).status).toBe(404)
    expect((await account.delete(path)).status).toBe(204)
  }
})

test('a live request and a test request never share a stored response', async () => {
  new FakeWorker()
  const headers = (key: string) => ({
    authorization: `Bearer ${key}`,
    'idempotency-key': 'order-17',
  })
  const free = await json(await post('/v1/edits', await editBody(), headers(account.test)))
  const paid = await json(await post('/v1/edits', await editBody(), headers(account.live)))
  expect([free.mode, paid.mode]).toEqual(['test', 'live'])
})

test('a client token gets failed edits back five times, and no more', async () => {
  const worker = new FakeWorker()
  const { token } = await newToken({ edits: 1 })
  let accepted = 0
  for (; accepted < 9; accepted++) {
    const answer = await post('/v1/edits', await editBody(), as(token))
    if (answer.status !== 202) break
    const { id } = (await answer.json()) as { id: string }
    const run = await worker.run(id)
    const problem = { code: 'image_truncated', detail: 'no pixels' }
    await tell(run.runId, run.request.events.token, { seq: 0, type: 'failed', problem })
    await until(async () => (await account.money()).held === 0)
  }
  expect(accepted).toBe(6)
})
