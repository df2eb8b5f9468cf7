/** What keeps payments right, whatever is repeated, forged, lost or taken back. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { readEvent } from '../../../../../edge/outbound/stripe/event.ts'
import { signatureOf } from '../../../../fixtures/servers/stripe/double.ts'
import { PRICE } from '../../creation.ts'
import { Scene } from '../../scene.ts'
import { CREDIT, Till } from './till.ts'

let scene: Scene
let till: Till
beforeEach(async () => {
  scene = await Scene.open(0)
  till = new Till(scene.universe)
})
afterEach(() => scene.close())

const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  )
const HOUR = 3600_000

test('an event counts only if one of our secrets signed it, and lately', async () => {
  const body = JSON.stringify({ id: 'evt_1', object: 'event' })
  const now = Math.floor(Date.now() / 1000)
  const billing = { ...till.billing, webhookSecrets: ['whsec_newer-newer', 'whsec_older-older'] }
  const read = async (secrets: string[], at: number, text = body) =>
    codeOf(readEvent(billing, text, await signatureOf(body, secrets, at)))
  expect(await read(['whsec_newer-newer'], now)).toBe('ok')
  expect(await read(['whsec_older-older'], now)).toBe('ok')
  expect(await read(['whsec_foreign-one', 'whsec_newer-newer'], now - 299)).toBe('ok')
  expect(await read(['whsec_newer-newer'], now - 301)).toBe('unauthenticated')
  expect(await read(['whsec_foreign-one'], now)).toBe('unauthenticated')
  expect(await read([], now)).toBe('unauthenticated')
  expect(await read(['whsec_newer-newer'], now, `${body} `)).toBe('unauthenticated')
  expect(await codeOf(readEvent(billing, body, ''))).toBe('unauthenticated')
})

test('an event of the other mode of Stripe is ignored', async () => {
  const { id } = await till.checkout('small')
  till.pay(id)
  for (const event of till.double.events)
    expect(await till.take({ ...event, livemode: true } as never)).toBe('ignored')
  expect(await till.balance()).toBe(0)
})

test('a payment is posted once, however often and late it is told of', async () => {
  await till.topUp('small')
  for (const event of till.double.events) await till.take(event)
  expect(await till.balance()).toBe(CREDIT.small)
  const postings = scene.rows('SELECT kind, source, amount, reference FROM ledger')
  const reference = `stripe ${[...till.double.intents.keys()][0]}`
  expect(postings).toEqual([{ kind: 'topup', source: 'payment', amount: CREDIT.small, reference }])
})

test('what is paid in another amount or currency than was ordered gives nothing', async () => {
  const payment = await till.checkout('large')
  const learn = (change: object) => scene.account.payments().learn(till.facts(payment, change))
  expect(await learn({ received: payment.amount + 1 })).toBe('contradicts')
  expect(await learn({ received: 1 })).toBe('contradicts')
  expect(await learn({ currency: 'idr' })).toBe('contradicts')
  expect(await till.balance()).toBe(0)
  expect(await learn({})).toBe('learned')
  expect(await till.balance()).toBe(CREDIT.large)
})

test("what somebody else paid is not this account's, and no payment has two", async () => {
  const payment = await till.checkout('small')
  const learn = (change: object) => scene.account.payments().learn(till.facts(payment, change))
  expect(await learn({ customer: 'cus_stranger' })).toBe('contradicts')
  expect(await learn({ customer: null })).toBe('contradicts')
  expect(await learn({ payment: `pay_${'0'.repeat(32)}` })).toBe('unknown')
  expect(await till.balance()).toBe(0)
  expect(await learn({})).toBe('learned')
  expect(await learn({ intent: 'pi_2' })).toBe('contradicts')
  expect(await till.balance()).toBe(CREDIT.small)
})

test('a payment that is not paid yet gives nothing; a page expires, and no other with it', async () => {
  const payment = await till.checkout('small')
  const payments = scene.account.payments()
  await payments.learn(till.facts(payment, { status: 'requires_action' }))
  expect(await till.balance()).toBe(0)
  await payments.expire(payment.id, 'cs_another')
  expect((await payments.get(payment.id))?.state).toBe('open')
  await payments.expire(payment.id, payment.session ?? '')
  expect((await payments.get(payment.id))?.state).toBe('expired')
  // Whatever was thought of it: it was paid.
  await payments.learn(till.facts(payment))
  expect((await payments.get(payment.id))?.state).toBe('paid')
  expect(await till.balance()).toBe(CREDIT.small)
})

test('the trial is given once, when the account is opened', async () => {
  const trial = async (id: string, ...amounts: number[]) => {
    const account = scene.universe.object<Scene['account']>('account', id)
    for (const amount of amounts) await account.open({ id, name: '', region: 'auto' }, amount)
    return (await account.describe())?.balance
  }
  expect(await trial('bbbbbbbbbbbb', 7, 7, 9)).toBe(7)
  expect(await trial('cccccccccccc', 0, 7)).toBe(0)
})

test('a refund and a dispute take back their part, once each', async () => {
  const intent = await till.topUp('large')
  const refund = till.double.refund(intent, 25)
  await till.deliver()
  expect(await till.balance()).toBe(900_000)
  till.double.failRefund(refund?.id ?? '')
  await till.deliver()
  expect(await till.balance()).toBe(1_200_000)
  const dispute = till.double.dispute(intent, 100)
  await till.deliver()
  expect(await till.balance()).toBe(0)
  till.double.close(dispute?.id ?? '', 'lost')
  await till.deliver()
  expect(await till.balance()).toBe(0)
  till.double.close(dispute?.id ?? '', 'won')
  for (const event of till.double.events) await till.take(event)
  expect(await till.balance()).toBe(1_200_000)
})

test('a refund that failed before it was heard of takes nothing', async () => {
  const intent = await till.topUp('small')
  till.double.failRefund(till.double.refund(intent, 50)?.id ?? '')
  await till.deliver()
  expect(await till.balance()).toBe(CREDIT.small)
  const sources = scene.rows("SELECT amount FROM ledger WHERE source = 'refund' ORDER BY seq")
  expect(sources).toEqual([{ amount: -CREDIT.small }, { amount: CREDIT.small }])
})

test('a dispute takes its part of the credit, whatever the currency of the bank account', async () => {
  const intent = await till.topUp('large')
  till.double.settlement = { currency: 'jpy', rate: 1.57 }
  const dispute = till.double.dispute(intent, 25)
  await till.deliver()
  expect(await till.balance()).toBe(900_000)
  till.double.close(dispute?.id ?? '', 'won')
  await till.deliver()
  expect(await till.balance()).toBe(1_200_000)
})

test('a bank takes no more than was paid', async () => {
  const payment = await till.checkout('small')
  const disputes = [{ id: 'txn_1', amount: -60 }]
  await scene.account.payments().learn(till.facts(payment, { disputes }))
  expect(await till.balance()).toBe(0)
})

test('below zero, open edits end as they would, and only what is free is accepted', async () => {
  const intent = await till.topUp('small')
  const running = await scene.running()
  const canceled = await scene.create()
  till.double.dispute(intent, 50)
  await till.deliver()
  expect(await scene.money()).toEqual({ balance: -2 * PRICE, held: 2 * PRICE })
  expect((await scene.create()).outcome).toBe('insufficient_credit')
  const admission = { credential: scene.credential('key', 'k'), model: 'embedded-fast' } as const
  const free = { ...admission, once: null, lease: false, price: 0 }
  expect(await scene.account.edits().admit(free)).toHaveProperty('value')
  await scene.edit(canceled.id).cancel()
  await scene.succeed(running.id)
  await scene.universe.advance(1000)
  expect(await scene.money()).toEqual({ balance: -PRICE, held: 0 })
  expect(await scene.statusOf(running.id)).toBe('succeeded')
})

test('payments of which no event came are found', async () => {
  const { id } = await till.checkout('small')
  till.pay(id)
  await scene.universe.advance(11 * 60_000)
  expect(await till.balance()).toBe(CREDIT.small)
  const { id: unpaid } = await till.checkout('small')
  await scene.universe.advance(5 * HOUR)
  expect((await scene.account.payments().get(unpaid))?.state).toBe('expired')
})

test('an account has only so many payments open', async () => {
  for (let pages = 0; pages < 20; pages++) await till.checkout('small')
  expect(await codeOf(till.checkout('small'))).toBe('rate_limited')
  await scene.universe.advance(5 * HOUR)
  expect(await codeOf(till.checkout('small'))).toBe('ok')
})

test('an Idempotency-Key begins one payment', async () => {
  till.mood = 'deaf'
  expect(await codeOf(till.checkout('small', { key: 'a' }))).toBe('billing_unavailable')
  till.mood = 'works'
  const first = await till.checkout('small', { key: 'a' })
  expect((await till.checkout('small', { key: 'a' })).id).toBe(first.id)
  expect(till.double.sessions.size).toBe(1)
  till.mood = 'away'
  await codeOf(till.checkout('small', { key: 'b' }))
  till.mood = 'works'
  scene.universe.now += 100 * 60_000
  expect(await codeOf(till.checkout('small', { key: 'b' }))).toBe('conflict')
})

test('the saved card is charged once the balance is below the threshold, one payment at a time', async () => {
  await till.recharging()
  await scene.create()
  await scene.universe.advance(1000)
  expect(till.double.intents.size).toBe(1)
  till.mood = 'away'
  for (let edits = 0; edits < 3; edits++) await scene.create()
  expect(scene.rows("SELECT state FROM payment WHERE kind = 'recharge'")).toHaveLength(1)
  await scene.universe.advance(1000)
  till.mood = 'works'
  await scene.universe.advance(90_000)
  expect(till.double.intents.size).toBe(2)
  expect(scene.rows("SELECT state FROM payment WHERE kind = 'recharge'")).toEqual([
    { state: 'paid' },
  ])
})

test('no more is charged in a month than its owner allows', async () => {
  await till.recharging('4242424242424242', 600_000)
  const spend = async () => {
    // As if it had been spent: edits of so much would take long.
    scene.rows(`UPDATE balance SET amount = ${2 * PRICE}`)
    await scene.create()
    await scene.universe.advance(1000)
    return till.double.intents.size
  }
  expect(await spend()).toBe(2)
  expect(await spend()).toBe(2)
  scene.universe.now = Date.UTC(2023, 11, 1)
  expect(await spend()).toBe(3)
})

test('a charge of which nobody heard is made once, also after Stripe has forgotten it', async () => {
  await till.recharging()
  till.mood = 'deaf'
  for (let edits = 0; edits < 2; edits++) await scene.create()
  await scene.universe.advance(30 * HOUR)
  expect(till.double.intents.size).toBe(2)
  till.mood = 'works'
  await scene.universe.advance(2 * HOUR)
  expect(till.double.intents.size).toBe(2)
  expect(scene.rows("SELECT state FROM payment WHERE kind = 'recharge'")).toEqual([
    { state: 'paid' },
  ])
})

test.each([
  ['4000000000000341', 'declined', 'generic_decline'],
  ['4000002760003184', 'authentication_required', 'authentication_required'],
] as const)(
  'a charge that is refused turns auto-recharge off, and says so: %s',
  async (number, reason, fault) => {
    const sealed = 'AAAA.d2hzZWNfQUFBQQ'
    const events = ['recharge.stopped'] as const
    const url = 'https://hooks.example/'
    await scene.account.webhooks().create(null, '', { id: 'w', url, events, sealed })
    await till.recharging(number)
    for (let edits = 0; edits < 2; edits++) await scene.create()
    await scene.universe.advance(1000)
    for (let edits = 0; edits < 2; edits++) await scene.create()
    await scene.universe.advance(HOUR)
    expect(till.double.intents.size).toBe(2)
    expect(await scene.account.payments().autoRecharge()).toMatchObject({
      enabled: false,
      stopped: reason,
    })
    expect(scene.universe.heard.map(({ body }) => JSON.parse(body))).toMatchObject([
      { type: 'recharge.stopped', data: { reason, balance: CREDIT.small - 2 * PRICE } },
    ])
    expect(till.mails).toMatchObject([
      { to: ['owner@example.org'], subject: 'Auto-recharge was turned off' },
    ])
    const payments = await scene.account.payments().list()
    expect(payments[0]).toMatchObject({ kind: 'recharge', state: 'failed', fault })
  },
)

test.each(['refund', 'dispute'] as const)('nothing is charged again after a %s', async (what) => {
  await till.recharging()
  till.double[what]([...till.double.intents.keys()][0] ?? '', 50)
  await till.deliver()
  await scene.universe.advance(HOUR)
  expect(till.double.intents.size).toBe(1)
  const { enabled, stopped } = await scene.account.payments().autoRecharge()
  expect([enabled, stopped]).toEqual([false, what === 'refund' ? 'refunded' : 'disputed'])
})

test('what its owner turned off is not charged, unless it was already', async () => {
  await till.recharging()
  till.mood = 'away'
  for (let edits = 0; edits < 2; edits++) await scene.create()
  await scene.universe.advance(1000)
  await scene.account.payments().setAutoRecharge(null)
  till.mood = 'works'
  await scene.universe.advance(HOUR)
  expect(till.double.intents.size).toBe(1)
  expect((await scene.account.payments().list())[0]).toMatchObject({ state: 'failed' })
})

test('the card of an account that is closed is not charged', async () => {
  await till.recharging()
  till.mood = 'away'
  for (let edits = 0; edits < 2; edits++) await scene.create()
  await scene.universe.advance(1000)
  await scene.account.close()
  till.mood = 'works'
  await scene.universe.advance(HOUR)
  expect(till.double.intents.size).toBe(1)
})

test('an owner is mailed once the mail provider takes it, and not after they turned it on again', async () => {
  await till.recharging('4000000000000341')
  till.mailer = 'away'
  const decline = async () => {
    scene.rows(`UPDATE balance SET amount = ${2 * PRICE}`)
    await scene.create()
    await scene.universe.advance(1000)
    expect((await scene.account.payments().autoRecharge()).stopped).toBe('declined')
  }
  await decline()
  till.mailer = 'works'
  expect(till.mails).toHaveLength(0)
  await scene.universe.advance(6 * 60_000)
  expect(till.mails).toHaveLength(1)
  expect(till.mails[0]?.text).toContain('the bank declined the card')
  till.mailer = 'away'
  await till.recharging('4000000000000341')
  await decline()
  await till.recharging()
  till.mailer = 'works'
  await scene.universe.advance(HOUR)
  expect(till.mails).toHaveLength(1)
})

test('a look at an older payment does not bring its card back', async () => {
  await till.topUp('small')
  const [first] = till.double.events
  await till.topUp('small', '4000000000000341')
  if (first !== undefined) await till.take(first)
  expect((await scene.account.payments().autoRecharge()).card?.last4).toBe('0341')
})
