/** What keeps auto-recharge going, and keeps it from charging what nobody wants charged. */

import { afterEach, beforeEach, expect, test } from 'vitest'
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

const HOUR = 3600_000
const DECEMBER = Date.UTC(2023, 11, 1)
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => 'ok',
    (error: { code?: string }) => error.code,
  )
const recharges = () =>
  scene.rows("SELECT state, fault FROM payment WHERE kind = 'recharge' ORDER BY rowid")
const stateOf = async () => scene.account.payments().autoRecharge()
const order = { threshold: 400_000, pack: 'small', monthlyLimit: null, email: null } as const

/** A charge whose answer is lost. */
async function chargeUnheard(card: Parameters<Till['recharging']>[0]): Promise<void> {
  await till.recharging(card)
  till.mood = 'deaf'
  for (let edits = 0; edits < 2; edits++) await scene.create()
  await scene.universe.advance(1000)
  expect(till.double.intents.size).toBe(2)
  expect(recharges()).toEqual([{ state: 'open', fault: null }])
}

/** A recharge runs again after what went before. */
async function rechargesAgain(): Promise<void> {
  await till.recharging()
  const before = till.double.intents.size
  scene.rows(`UPDATE balance SET amount = ${2 * PRICE}`)
  await scene.create()
  await scene.universe.advance(1000)
  expect(till.double.intents.size).toBe(before + 1)
}

test('a decline of which nobody heard ends the recharge: after 20 hours', async () => {
  await chargeUnheard('4000000000000341')
  till.mood = 'away'
  await scene.universe.advance(21 * HOUR)
  till.mood = 'works'
  await scene.universe.advance(2 * HOUR)
  expect(recharges()).toEqual([{ state: 'failed', fault: 'generic_decline' }])
  expect(await stateOf()).toMatchObject({ enabled: false, stopped: 'declined' })
  expect(till.mails).toHaveLength(1)
  await rechargesAgain()
})

test('a decline of which nobody heard ends the recharge: its holder was wanted', async () => {
  await chargeUnheard('4000002760003184')
  till.mood = 'away'
  await scene.universe.advance(21 * HOUR)
  till.mood = 'works'
  await scene.universe.advance(2 * HOUR)
  expect(await stateOf()).toMatchObject({ enabled: false, stopped: 'authentication_required' })
})

test('a decline of which nobody heard ends the recharge: its owner turned it off', async () => {
  await chargeUnheard('4000000000000341')
  await scene.account.payments().setAutoRecharge(null)
  till.mood = 'works'
  await scene.universe.advance(2 * HOUR)
  expect(recharges()).toEqual([{ state: 'failed', fault: 'generic_decline' }])
  await rechargesAgain()
})

test('a decline of which nobody heard ends the recharge at once, where the card was replaced', async () => {
  await chargeUnheard('4000000000000341')
  till.mood = 'works'
  await till.topUp('large')
  await scene.universe.advance(2 * HOUR)
  expect(recharges()).toEqual([{ state: 'failed', fault: 'generic_decline' }])
  await rechargesAgain()
})

test('a charge that is under way is waited for', async () => {
  await chargeUnheard('4242424242424242')
  const charged = [...till.double.intents.values()].at(-1)
  Object.assign(charged ?? {}, { status: 'processing' })
  await scene.account.payments().setAutoRecharge(null)
  till.mood = 'works'
  await scene.universe.advance(22 * HOUR)
  expect(recharges()).toMatchObject([{ state: 'open' }])
  Object.assign(charged ?? {}, { status: 'succeeded' })
  await scene.universe.advance(2 * HOUR)
  expect(recharges()).toMatchObject([{ state: 'paid' }])
})

test('a charge that is not settled yet is waited for, but not for ever', async () => {
  await chargeUnheard('4242424242424242')
  const charged = [...till.double.intents.values()].at(-1)
  Object.assign(charged ?? {}, { status: 'requires_confirmation' })
  await scene.account.payments().setAutoRecharge(null)
  till.mood = 'works'
  await scene.universe.advance(18 * HOUR)
  expect(recharges()).toMatchObject([{ state: 'open' }])
  await scene.universe.advance(4 * HOUR)
  expect(recharges()).toEqual([{ state: 'failed', fault: 'requires_confirmation' }])
})

/** An account that has charged what a month allows, and has spent it. */
async function spentMonth(): Promise<void> {
  await till.recharging('4242424242424242', 600_000)
  for (let charges = 0; charges < 2; charges++) {
    scene.rows(`UPDATE balance SET amount = ${PRICE}`)
    await scene.create()
    await scene.universe.advance(1000)
  }
  expect(await till.balance()).toBe(0)
  expect(till.double.intents.size).toBe(2)
}

test('a new month recharges what the last one held back, though nothing is asked for', async () => {
  await spentMonth()
  await scene.universe.advance(DECEMBER - scene.universe.now - 1)
  expect(till.double.intents.size).toBe(2)
  await scene.universe.advance(2000)
  expect(till.double.intents.size).toBe(3)
  expect(recharges()).toMatchObject([{ state: 'paid' }, { state: 'paid' }])
})

test.each(['admit', 'accept', 'admitBatch', 'acceptBatch'] as const)(
  'a create that the balance does not cover begins the recharge that was held back: %s',
  async (call) => {
    await spentMonth()
    // Nothing is due: only the create can begin it.
    scene.universe.now = DECEMBER
    const credential = scene.credential('key', 'k')
    const [edit] = scene.rows('SELECT id FROM edit')
    const accepted = {
      ...{ id: String(edit?.id), price: { amount: PRICE }, model: 'embedded-fast' },
      ...{ payer: { key: 'k', client: null }, image: {} },
    } as never
    const summary = null as never
    const edits = scene.account.edits()
    const model = 'embedded-fast'
    const outcome = await {
      admit: () => edits.admit({ credential, once: null, lease: false, price: PRICE, model }),
      accept: () => edits.accept({ credential, once: null, counted: true, accepted, summary }),
      admitBatch: () =>
        edits.admitBatch({ credential, once: null, edits: [{ price: PRICE, model, pointer: '' }] }),
      acceptBatch: () =>
        edits.acceptBatch({ credential, once: null, edits: [{ accepted, summary, pointer: '' }] }),
    }[call]()
    expect(outcome).toMatchObject({ rejection: { code: 'insufficient_credit' } })
    expect(recharges()).toMatchObject([{ state: 'paid' }, { state: 'open' }])
    await scene.universe.advance(1)
    expect(recharges()).toMatchObject([{ state: 'paid' }, { state: 'paid' }])
  },
)

test('an account that is closed begins no payment, but what is paid is posted', async () => {
  const open = await till.checkout('small', { key: 'a' })
  await till.topUp('small')
  await scene.account.close()
  expect(await codeOf(till.checkout('small'))).toBe('conflict')
  expect(await codeOf(till.checkout('small', { key: 'a' }))).toBe('conflict')
  expect(await scene.account.payments().setAutoRecharge(order)).toMatchObject({
    rejection: { code: 'conflict' },
  })
  expect(await scene.account.payments().setAutoRecharge(null)).toHaveProperty('value')
  // A page that was open: its money has come in, and is the payer's.
  till.pay(open.id)
  await till.deliver()
  expect(await till.balance()).toBe(2 * CREDIT.small)
})

test('an account that is closed is not recharged, whatever its row says', async () => {
  const payment = await till.checkout('small')
  await till.recharging()
  await scene.account.close()
  scene.rows('UPDATE payer SET enabled = 1')
  scene.rows('UPDATE balance SET amount = 0')
  await scene.account.payments().learn(till.facts(payment, { status: 'requires_action' }))
  await scene.universe.advance(HOUR)
  expect(recharges()).toEqual([])
})

test('below zero, auto-recharge is not turned on: it would charge pack after pack', async () => {
  await till.topUp('small')
  scene.rows('UPDATE balance SET amount = -3000000')
  const turnOn = () => scene.account.payments().setAutoRecharge(order)
  expect(await turnOn()).toMatchObject({ rejection: { code: 'conflict' } })
  await scene.universe.advance(HOUR)
  expect(till.double.intents.size).toBe(1)
  scene.rows('UPDATE balance SET amount = 0')
  expect(await turnOn()).toHaveProperty('value')
  await scene.universe.advance(HOUR)
  expect(till.double.intents.size).toBe(2)
})
