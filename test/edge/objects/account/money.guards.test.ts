/** What keeps an account's money and its answers right, whatever is repeated. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { FinalEdit } from '../../../../edge/rpc/edit/state.ts'
import { PRICE } from '../creation.ts'
import { Scene } from '../scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const canceled: FinalEdit = {
  status: 'canceled',
  settlement: 'release',
  result: null,
  problem: null,
  timings: null,
  attempts: 0,
  endedAt: 1,
}
const request = (key: string, holder = key) => ({ request: { key, scope: 's', holder } })
const codeOf = (outcome: object) =>
  'rejection' in outcome ? (outcome.rejection as { code: string }).code : 'ok'

test('the balance covers the edit, also when two are prepared at the same time', async () => {
  const poor = await Scene.open(PRICE)
  const moderate = async () => {
    for (let turn = 0; turn < 100; turn++) await null
  }
  const both = [0, 1].map(() => poor.create(undefined, {}, { moderate }))
  const outcomes = (await Promise.all(both)).map(({ outcome }) => outcome)
  expect(outcomes.sort()).toEqual(['accepted', 'insufficient_credit'])
  expect((await poor.money()).balance).toBe(0)
  poor.close()
})

test('what cannot be paid is rejected before a photo is stored', async () => {
  const poor = await Scene.open(PRICE - 1)
  let reviewed = 0
  const moderate = async () => {
    reviewed++
  }
  expect((await poor.create(undefined, {}, { moderate })).outcome).toBe('insufficient_credit')
  await poor.addKey('limited', { spendPerMonth: 0 })
  await poor.account.ledger().topup(PRICE, 'second')
  const limited = poor.tenant('limited')
  expect((await poor.create(limited, {}, { moderate })).outcome).toBe('spend_limit')
  expect(reviewed).toBe(0)
  poor.close()
})

test('an edit is settled once: the first settlement stands, and gives back once', async () => {
  await scene.addClient('c', 'k', { edits: 3 })
  const { id } = await scene.create(scene.tenant('k', 'c'))
  for (let again = 0; again < 2; again++)
    expect(await scene.account.edits().settle(id, canceled)).toMatchObject({
      settlement: 'release',
    })
  const captured = { ...canceled, settlement: 'capture' } as const
  expect(await scene.account.edits().settle(id, captured)).toMatchObject({ settlement: 'release' })
  expect(await scene.money()).toEqual({ balance: 10 * PRICE, held: 0 })
  expect(scene.rows('SELECT edits, returns FROM client_token')).toEqual([{ edits: 3, returns: 1 }])
  expect((await scene.account.edits().get(id))?.final).toMatchObject({ settlement: 'release' })
})

test('only what was charged is refunded, and once', async () => {
  const { id } = await scene.running()
  const ledger = scene.account.ledger()
  expect(codeOf(await ledger.refund(id, 'r'))).toBe('not_found')
  await scene.succeed(id)
  await scene.universe.advance(1000)
  expect(codeOf(await ledger.refund(id, 'first'))).toBe('conflict')
  expect(codeOf(await ledger.refund(id, 'r'))).toBe('ok')
  expect(codeOf(await ledger.refund(id, 'r'))).toBe('ok')
  expect(codeOf(await ledger.refund(id, 'another'))).toBe('conflict')
  expect((await scene.money()).balance).toBe(10 * PRICE)
})

test('a top-up with a known reference is posted once, and is refused with another amount', async () => {
  const ledger = scene.account.ledger()
  expect(codeOf(await ledger.topup(5, 'again'))).toBe('ok')
  expect(codeOf(await ledger.topup(5, 'again'))).toBe('ok')
  expect(codeOf(await ledger.topup(6, 'again'))).toBe('conflict')
  expect((await scene.money()).balance).toBe(10 * PRICE + 5)
})

test('an Idempotency-Key makes one edit, stands for one request, and is free after a day', async () => {
  const first = await scene.create(undefined, request('a'))
  expect(await scene.create(undefined, request('a'))).toEqual({ outcome: 'replayed', id: first.id })
  const other = { ...request('a'), fields: { other: true } }
  expect((await scene.create(undefined, other)).outcome).toBe('idempotency_key_reused')
  scene.universe.now += 24 * 3600_000 + 1000
  const next = await scene.create(undefined, request('a'))
  expect(next.outcome).toBe('accepted')
  expect(next.id).not.toBe(first.id)
})

test('of equal requests at the same time, the second waits for the first', async () => {
  let second = ''
  const moderate = async () => {
    const slow = { moderate: async () => {} }
    second = (await scene.create(undefined, request('a', 'second'), slow)).outcome
  }
  const first = await scene.create(undefined, request('a', 'first'), { moderate })
  expect([first.outcome, second]).toEqual(['accepted', 'idempotency_in_flight'])
})

test('a request gives up its own lease only, and a minute ends it', async () => {
  const once = { scope: 's', key: 'a', fingerprint: 'f', holder: 'one' }
  const admission = {
    credential: scene.credential('key', 'k'),
    model: 'embedded-fast' as const,
    once,
    lease: true,
    price: 0,
  }
  const edits = scene.account.edits()
  await edits.admit(admission)
  await edits.releaseLease({ ...once, holder: 'two' })
  const another = { ...admission, once: { ...once, holder: 'two' } }
  expect(codeOf(await edits.admit(another))).toBe('idempotency_in_flight')
  scene.universe.now += 61_000
  expect(codeOf(await edits.admit(another))).toBe('ok')
})

test('what is created under an Idempotency-Key is created once', async () => {
  const once = { scope: 's', key: 'a', fingerprint: 'f', holder: 'h' }
  const endpoint = { url: 'https://hooks.example/', events: [], sealed: '' }
  const answers: unknown[] = []
  for (const id of ['w1', 'w2'])
    answers.push(await scene.account.webhooks().create(once, id, { id, ...endpoint }))
  expect(answers).toMatchObject([{ value: { response: 'w1' } }, { value: { response: 'w1' } }])
  expect(await scene.account.webhooks().list()).toHaveLength(1)
})

test('the hold of an edit whose object is lost is released, and of no other', async () => {
  const { id } = await scene.running()
  await scene.universe.advance(1000)
  const { universe } = scene
  // Nothing drives the edit any more: the account has to ask.
  const host = universe.host('edit', `aaaaaaaaaaaa/${id}`)
  if (host === undefined) throw new Error('the edit has no object')
  host.storage.alarm = null
  await universe.advance(400_000)
  expect((await scene.account.edits().get(id))?.final?.problem?.code).toBe('worker_timeout')
  expect(await scene.money()).toEqual({ balance: 10 * PRICE, held: 0 })
})

test('an edit that has ended is settled as it chose, however late', async () => {
  const { id } = await scene.running()
  const { universe } = scene
  universe.blocked = 'edits.settle'
  await scene.succeed(id)
  // The account asks after the deadline, and the edit cannot tell it then either.
  await universe.advance(340_000)
  expect(await scene.money()).toEqual({ balance: 9 * PRICE, held: PRICE })
  universe.blocked = null
  await universe.advance(60_000)
  expect((await scene.account.edits().get(id))?.final?.settlement).toBe('capture')
})

test('an endpoint that answers 410 gets nothing more', async () => {
  const events = ['edit.canceled'] as const
  const sealed = 'AAAA.d2hzZWNfQUFBQQ'
  const hooks = scene.account.webhooks()
  await hooks.create(null, '', { id: 'w', url: 'https://hooks.example/', events, sealed })
  scene.universe.receiver = 'gone'
  for (let edits = 0; edits < 2; edits++) {
    const { id } = await scene.create()
    await scene.edit(id).cancel()
    await scene.universe.advance(10_000)
    expect(scene.universe.heard).toHaveLength(1)
  }
})
