/** Webhooks: what is sent, that a client not of ours verifies it, and how long we keep trying. */

import { runDurableObjectAlarm } from 'cloudflare:test'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RETRY_SCHEDULE_MS } from '../../../../edge/objects/deliveries.ts'
import { accountObject } from '../../../../edge/objects/names.ts'
import { signWebhook } from '../../../../edge/outbound/webhooks.ts'
import { Account, bindings, json, operator, post, resetProviders, until } from '../../app.ts'
import { create, FakeWorker, finish } from '../../fake-worker.ts'

let account: Account
let worker: FakeWorker
let received: { headers: Record<string, string>; body: string }[]
let answer: () => Response
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
  worker = new FakeWorker()
  received = []
  answer = () => new Response(null, { status: 204 })
  worker.others = async (request) => {
    expect([request.url, request.method, request.redirect]).toEqual([
      'https://hooks.example.org/in',
      'POST',
      'manual',
    ])
    received.push({ headers: Object.fromEntries(request.headers), body: await request.text() })
    return answer()
  }
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const register = async (fields: object = {}): Promise<{ id: string; secret: string }> =>
  (await (
    await account.post('/v1/webhooks', { url: 'https://hooks.example.org/in', ...fields })
  ).json()) as never
const log = async (id: string) =>
  (await json(await account.get(`/v1/webhooks/${id}/deliveries`))).deliveries as {
    message: string
    status: number
    attempt: number
  }[]

test('the signature is that of the specification, for a secret and a message made by hand', async () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
  const headers = await signWebhook(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1614265330,
    '{"test": 2432232314}',
    [secret],
  )
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

describe('the end of an edit', () => {
  test('sends a small message without URLs, which the standardwebhooks package verifies', async () => {
    const { id: endpoint, secret } = await register()
    const { id } = await create(account, { metadata: { order: '7' } })
    await finish(await worker.run(id))
    await until(async () => received.length === 1)
    const { headers, body } = received[0] as (typeof received)[0]
    expect(new Webhook(secret).verify(body, headers)).toEqual({
      type: 'edit.succeeded',
      timestamp: expect.any(String),
      data: { id, status: 'succeeded', cost: 104, currency: 'USD', metadata: { order: '7' } },
    })
    expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow()
    expect(body).not.toContain('/blobs/')
    await until(async () => (await log(endpoint)).length === 1)
    expect(await log(endpoint)).toMatchObject([{ status: 204, attempt: 1, type: 'edit.succeeded' }])
  })

  test('is sent only to endpoints subscribed to the event', async () => {
    await register({ events: ['edit.failed'] })
    const { id } = await create(account)
    await finish(await worker.run(id))
    await until(async () => (await account.money()).held === 0)
    // Its alarm sends what is due before it returns.
    const stub = bindings.EDITS.getByName(`${account.id}/${id}`)
    await until(() => runDurableObjectAlarm(stub))
    expect(received).toEqual([])
  })
})

test('a delivery to a server that is down for hours is retried on schedule, with the same id', async () => {
  const { secret } = await register()
  answer = () => new Response(null, { status: 500 })
  const { id } = await create(account)
  const run = await worker.run(id)
  await finish(run)
  await until(async () => received.length === 1)
  const stub = bindings.EDITS.getByName(`${account.id}/${id}`)
  let at = Date.now()
  for (const [index, wait] of RETRY_SCHEDULE_MS.entries()) {
    vi.setSystemTime(at + 0.9 * wait)
    await runDurableObjectAlarm(stub)
    expect(received).toHaveLength(index + 1)
    at += 1.11 * wait
    vi.setSystemTime(at)
    await runDurableObjectAlarm(stub)
    await until(async () => received.length === index + 2)
  }
  vi.setSystemTime(at + 48 * 3600_000)
  await runDurableObjectAlarm(stub)
  expect(received).toHaveLength(RETRY_SCHEDULE_MS.length + 1)
  expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  vi.useRealTimers()
  expect(RETRY_SCHEDULE_MS.map((ms) => ms / 1000)).toEqual([
    5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
  ])
  expect(secret).toMatch(/^whsec_/)
})

test('410 turns an endpoint off; redirects are not followed; Retry-After is respected', async () => {
  const { id } = await register()
  const send = () => account.post(`/v1/webhooks/${id}/test`, {})
  const count = (n: number) => until(async () => (await log(id)).length === n)
  answer = () =>
    new Response(null, { status: 302, headers: { location: 'https://evil.example.org' } })
  await send()
  await count(1)
  answer = () => new Response(null, { status: 503, headers: { 'retry-after': '3600' } })
  await send()
  await count(2)
  vi.setSystemTime(Date.now() + 3000_000)
  const stub = accountObject(bindings, 'auto', account.id)
  answer = () => new Response(null, { status: 410 })
  await runDurableObjectAlarm(stub)
  // The redirected one is due again, the other asked for an hour.
  await count(3)
  vi.useRealTimers()
  const { webhooks } = (await json(await account.get('/v1/webhooks'))) as {
    webhooks: { disabledAt: unknown }[]
  }
  expect(webhooks[0]?.disabledAt).toEqual(expect.any(String))
  expect((await send()).status).toBe(404)
})

test('after a rotation, messages are signed with both the old and the new secret', async () => {
  const { id, secret } = await register()
  const rotated = (await json(await account.post(`/v1/webhooks/${id}/rotate`, {}))).secret as string
  expect(rotated).not.toBe(secret)
  await account.post(`/v1/webhooks/${id}/test`, {})
  await until(async () => received.length === 1)
  const { headers, body } = received[0] as (typeof received)[0]
  for (const one of [secret, rotated])
    expect(new Webhook(one).verify(body, headers)).toMatchObject({ type: 'test' })
})

test('a message can be sent once more, with its own id', async () => {
  const { id } = await register()
  const { message } = await json(await account.post(`/v1/webhooks/${id}/test`, {}))
  await until(async () => (await log(id)).length === 1)
  await account.post(`/v1/webhooks/${id}/deliveries/${message}/redeliver`, {})
  await until(async () => received.length === 2)
  expect(received[1]?.headers['webhook-id']).toBe(message)
  expect(received[1]?.body).toBe(received[0]?.body)
  const unknown = await account.post(`/v1/webhooks/${id}/deliveries/msg_x/redeliver`, {})
  expect(unknown.status).toBe(404)
})

test('balance.low is sent once when the balance falls below lowBalance', async () => {
  const { id: endpoint } = await register({ events: ['balance.low'] })
  const told = () =>
    received.map(({ body }) => JSON.parse(body)).filter(({ type }) => type === 'balance.low')
  /** Sends a test message: once it is logged, what was queued before it has been sent too. */
  const sendTest = async () => {
    const { message } = await json(await account.post(`/v1/webhooks/${endpoint}/test`, {}))
    await until(async () => (await log(endpoint)).some((one) => one.message === message))
  }
  const poor = account
  const { balance } = await poor.money()
  const set = await poor.post('/v1/account', {})
  expect(set.status).toBe(405)
  const { call } = await import('../../app.ts')
  const put = await call('/v1/account', {
    method: 'PUT',
    headers: { ...poor.headers, 'content-type': 'application/json' },
    body: JSON.stringify({ lowBalance: balance - 150 }),
  })
  expect(put.status).toBe(204)
  await create(poor)
  await sendTest()
  expect(told()).toEqual([])
  await create(poor)
  await until(async () => told().length === 1, 1000)
  await create(poor)
  await sendTest()
  expect(told()).toMatchObject([
    { type: 'balance.low', data: { balance: balance - 208, limit: balance - 150 } },
  ])
  await post(`/admin/accounts/${poor.id}/topups`, { amount: 1, reference: 'more' }, operator)
})

test('a removed endpoint has no deliveries: 404, as for every other request about it', async () => {
  const { id } = await register()
  const path = `/v1/webhooks/${id}/deliveries`
  expect((await account.get(path)).status).toBe(200)
  expect((await account.delete(`/v1/webhooks/${id}`)).status).toBe(204)
  expect((await account.get(path)).status).toBe(404)
})

describe('URLs that are rejected', () => {
  test.each([
    'http://hooks.example.org/in',
    'https://127.0.0.1/in',
    'https://api.example.com/v1/edits',
    'https://worker.example.com/v1/runs',
    'https://localhost/in',
    'ftp://hooks.example.org',
    'nowhere',
  ])('%s', async (url) => {
    const refused = await account.post('/v1/webhooks', { url })
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { code: 'invalid_option', pointer: '/url' },
    ])
  })
})
