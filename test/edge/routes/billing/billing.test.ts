/** Paying as a caller sees it, with Stripe played by its double. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Account, call, json, operator, post } from '../../app.ts'
import { TestStripe } from '../../stripe.ts'

const DOLLAR = 1_000_000

let stripe: TestStripe
let account: Account
let headers: Record<string, string>
beforeEach(async () => {
  stripe = new TestStripe()
  stripe.start()
  account = await Account.open(0)
  headers = await payingKey('live')
})
afterEach(() => vi.unstubAllGlobals())

async function payingKey(mode: string): Promise<Record<string, string>> {
  const order = { mode, scopes: ['billing:write', 'edits:write', 'usage:read'] }
  const { key } = await json(await post(`/admin/accounts/${account.id}/keys`, order, operator))
  return { authorization: `Bearer ${key}` }
}

const billing = (path: string, init: RequestInit = {}) =>
  call(`/v1/billing${path}`, { ...init, headers: { ...headers, ...init.headers } })

function checkout(body: object, key: string = crypto.randomUUID()): Promise<Response> {
  return post('/v1/billing/checkouts', body, { ...headers, 'idempotency-key': key })
}

const balance = async () => (await account.money()).balance

/** Tops up on Stripe's page. @returns the payment's id */
async function topUp(pack: string, number: '4242424242424242' = '4242424242424242') {
  const { id, url } = await json(await checkout({ pack, saveCard: true }))
  expect(stripe.double.pay(String(url).split('/').at(-1) ?? '', number)).toBeNull()
  await stripe.deliver()
  return String(id)
}

function put(path: string, body: object): Promise<Response> {
  return billing(path, {
    method: 'PUT',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
}

test('packs are shown with what they cost and give', async () => {
  expect(await json(await billing(''))).toEqual({
    enabled: true,
    currency: 'USD',
    packs: [
      { id: 'small', amount: 10 * DOLLAR, credit: 10 * DOLLAR },
      { id: 'large', amount: 50 * DOLLAR, credit: 60 * DOLLAR },
    ],
    autoRecharge: {
      ...{ enabled: false, threshold: 0, pack: null, monthlyLimit: null },
      ...{ card: null, stopped: null },
    },
  })
})

test('a top-up is paid on Stripe’s page, posted once, and has a receipt', async () => {
  const answer = await checkout({ pack: 'large' })
  expect(answer.status).toBe(201)
  const payment = await json(answer)
  expect(payment).toMatchObject({ state: 'open', amount: 50 * DOLLAR, credit: 60 * DOLLAR })
  const [session] = [...stripe.double.sessions.values()]
  expect(session).toMatchObject({ amount_total: 5000, currency: 'usd', url: payment.url })
  expect(session?.success_url).toBe(
    `https://api.example.com/console/?payment=${payment.id}&outcome=success`,
  )
  expect(stripe.double.pay(session?.id ?? '', '4242424242424242')).toBeNull()
  await stripe.deliver()
  await stripe.send(stripe.last('payment_intent.succeeded'))
  expect(await balance()).toBe(60 * DOLLAR)
  const { payments } = await json(await billing('/payments'))
  expect(payments).toMatchObject([{ id: payment.id, state: 'paid', url: null, returned: 0 }])
  const paid = await json(await billing(`/payments/${payment.id}`))
  expect(paid.receipt).toContain('https://checkout.stripe.example/receipts/')
})

test('an equal request gets the same page, and another one with its key is refused', async () => {
  const first = await json(await checkout({ pack: 'small' }, 'a'))
  const again = await checkout({ pack: 'small' }, 'a')
  expect(again.headers.get('idempotency-replayed')).toBe('true')
  expect((await json(again)).url).toBe(first.url)
  expect(stripe.double.sessions.size).toBe(1)
  expect((await checkout({ pack: 'large' }, 'a')).status).toBe(422)
  const without = await post('/v1/billing/checkouts', { pack: 'small' }, headers)
  expect((await json(without)).code).toBe('idempotency_key_missing')
})

test('a client cannot choose what it pays: only a pack', async () => {
  expect((await json(await checkout({ pack: 'small', amount: 1 }))).code).toBe('invalid_request')
  expect(await json(await checkout({ pack: 'free' }))).toMatchObject({
    code: 'invalid_option',
    pointer: '/pack',
  })
  expect(stripe.double.sessions.size).toBe(0)
})

test('keys without the scope, test keys and other accounts do not get at payments', async () => {
  const { id } = await json(await checkout({ pack: 'small' }))
  const plain = { authorization: `Bearer ${account.live}` }
  expect((await call('/v1/billing', { headers: plain })).status).toBe(403)
  const testKey = await payingKey('test')
  expect((await call('/v1/billing', { headers: testKey })).status).toBe(403)
  account = await Account.open(0)
  headers = await payingKey('live')
  expect((await billing(`/payments/${id}`)).status).toBe(404)
  expect(await json(await billing('/payments'))).toEqual({ payments: [] })
})

test('while Stripe does not answer, nothing is lost: the same request succeeds later', async () => {
  stripe.mood = 'away'
  const answer = await checkout({ pack: 'small' }, 'a')
  expect(answer.status).toBe(503)
  expect(await json(answer)).toMatchObject({ code: 'billing_unavailable' })
  stripe.mood = 'works'
  expect((await json(await checkout({ pack: 'small' }, 'a'))).url).toContain('/c/pay/')
})

test('an event counts only with a signature of ours, of its body, and of lately', async () => {
  const { url } = await json(await checkout({ pack: 'small' }))
  stripe.double.pay(String(url).split('/').at(-1) ?? '', '4242424242424242')
  const event = stripe.last('checkout.session.completed')
  const refused = [
    await stripe.send(event, { secrets: ['whsec_another-another'] }),
    await stripe.send(event, { age: 301 }),
    await call('/stripe/events', { method: 'POST', body: JSON.stringify(event) }),
  ]
  expect(refused.map(({ status }) => status)).toEqual([401, 401, 401])
  expect(await balance()).toBe(0)
  // While a secret is replaced, either signs.
  const older = await stripe.send(event, { secrets: ['whsec_older-older-older'] })
  expect(await json(older)).toEqual({ outcome: 'learned' })
  expect(await balance()).toBe(10 * DOLLAR)
})

test('events of nothing of ours are taken and ignored', async () => {
  const about = (object: object, more: object = {}) =>
    stripe.send({ id: 'evt_1', object: 'event', livemode: false, data: { object }, ...more })
  expect(await json(await about({ object: 'invoice', id: 'in_1' }))).toEqual({ outcome: 'ignored' })
  const stranger = stripe.double.handle('POST', '/v1/payment_intents', 'amount=100&currency=usd', {
    authorization: 'Bearer sk_test_double0000000',
    idempotencyKey: null,
  }).body as object
  expect(await json(await about(stranger))).toEqual({ outcome: 'ignored' })
  expect(await json(await about(stranger, { livemode: true }))).toEqual({ outcome: 'ignored' })
})

test('refunds take back their part of the credit; the balance may fall below zero', async () => {
  const id = await topUp('large')
  const [intent = ''] = stripe.double.intents.keys()
  const part = stripe.double.refund(intent, 1000)
  await stripe.deliver()
  expect(await balance()).toBe(48 * DOLLAR)
  expect(await json(await billing(`/payments/${id}`))).toMatchObject({ returned: 10 * DOLLAR })
  stripe.double.failRefund(part?.id ?? '')
  await stripe.deliver()
  expect(await balance()).toBe(60 * DOLLAR)
  stripe.double.dispute(intent, 5000)
  await stripe.deliver()
  stripe.double.refund(intent, 5000)
  await stripe.deliver()
  const { balance: left, sum } = await account.money()
  expect([left, sum]).toEqual([-60 * DOLLAR, -60 * DOLLAR])
})

test('a dispute takes the credit, and gives it back once it is won', async () => {
  await topUp('small')
  const [intent = ''] = stripe.double.intents.keys()
  const dispute = stripe.double.dispute(intent, 1000, true)
  await stripe.deliver()
  expect(await balance()).toBe(10 * DOLLAR)
  stripe.double.escalate(dispute?.id ?? '')
  await stripe.deliver()
  expect(await balance()).toBe(0)
  stripe.double.close(dispute?.id ?? '', 'won')
  await stripe.deliver()
  expect(await balance()).toBe(10 * DOLLAR)
})

test('auto-recharge needs a saved card, a known pack, and a threshold that one pack covers', async () => {
  const order = { threshold: 5 * DOLLAR, pack: 'small' }
  expect((await json(await put('/auto-recharge', order))).code).toBe('conflict')
  await topUp('small')
  expect((await put('/auto-recharge', { ...order, pack: 'free' })).status).toBe(422)
  expect((await put('/auto-recharge', { ...order, threshold: 11 * DOLLAR })).status).toBe(422)
  const limited = { ...order, monthlyLimit: 30 * DOLLAR }
  expect(await json(await put('/auto-recharge', limited))).toEqual({
    enabled: true,
    ...limited,
    card: { brand: 'visa', last4: '4242' },
    stopped: null,
  })
  expect((await billing('/auto-recharge', { method: 'DELETE' })).status).toBe(204)
  const { autoRecharge } = await json(await billing(''))
  expect(autoRecharge).toMatchObject({ enabled: false, stopped: null })
})

test('what Stripe could not deliver is taken again when the operator asks', async () => {
  const { url } = await json(await checkout({ pack: 'small' }))
  stripe.double.pay(String(url).split('/').at(-1) ?? '', '4242424242424242')
  for (let again = 0; again < 2; again++) {
    const answer = await post('/admin/stripe/replay', {}, operator)
    expect(await json(answer)).toEqual({ events: 2, learned: 2 })
    expect(await balance()).toBe(10 * DOLLAR)
  }
})

test('the operator cannot use the references of payments', async () => {
  for (const reference of ['stripe pi_1', 'trial']) {
    const answer = await post(
      `/admin/accounts/${account.id}/topups`,
      { amount: 1, reference },
      operator,
    )
    expect(answer.status).toBe(422)
  }
})
