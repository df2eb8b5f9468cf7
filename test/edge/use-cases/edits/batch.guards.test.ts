/** Edits that one request makes: all or none, in money, limits, photos and answers. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { settingsOf } from '../../../../edge/settings/settings.ts'
import {
  acceptBatch,
  type BatchedOrder,
  type BatchOrder,
  type BatchOutcome,
} from '../../../../edge/use-cases/edits/accept-batch.ts'
import type { AcceptServices } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { deleteEdit } from '../../../../edge/use-cases/edits/change-edit.ts'
import type { Tenant } from '../../../../edge/use-cases/tenant.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { EditError } from '../../../../shared/errors.ts'
import { greyPng } from '../../../fixtures/png.ts'
import { ACCOUNT, PRICE, servicesOf } from '../../objects/creation.ts'
import { Scene } from '../../objects/scene.ts'
import { admitting, busy } from './queues.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const PHOTO = await greyPng(128, 96, (x) => x)
const FIELDS = {
  drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
  model: 'embedded-fast',
  steps: 2,
}
let serial = 0

type Asked = Partial<BatchOrder> & {
  readonly tenant?: Tenant
  readonly services?: Partial<AcceptServices>
}

function edit(index: number, fields: object = {}, change: Partial<BatchedOrder> = {}) {
  return {
    settings: EditSettings.parse({ ...FIELDS, ...fields }),
    image: PHOTO,
    mask: null,
    affects: null,
    n: 1,
    pointer: `/edits/${index}`,
    release: () => {},
    ...change,
  }
}

const several = (count: number) => Array.from({ length: count }, (_, index) => edit(index))

async function batch(
  edits: readonly BatchedOrder[],
  { tenant = scene.tenant(), services = {}, ...change }: Asked = {},
): Promise<BatchOutcome> {
  const key = `batch ${++serial}`
  const request = { key, scope: 'b', holder: key }
  const order = { edits, fields: edits.length, request, cancelAfter: null, ...change }
  const made = await acceptBatch(tenant, order, { ...servicesOf(scene.universe), ...services })
  await scene.universe.settle()
  return made
}

const refusal = (made: Promise<unknown>) =>
  made.then(
    () => expect.fail('it was accepted'),
    (error: unknown) => {
      if (!(error instanceof EditError)) throw error
      return { code: error.code, pointer: error.pointer }
    },
  )
const idsOf = (made: BatchOutcome) =>
  made.outcome === 'replayed' ? [...made.ids] : made.edits.map(({ id }) => id)
const photos = () => scene.stored().filter((key) => key.startsWith('in/'))
const request = (holder: string) => ({ request: { key: 'a', scope: 'b', holder } })
const nothing = async () => ({
  photos: photos(),
  edits: scene.rows('SELECT id FROM edit'),
  outbox: scene.rows('SELECT edit FROM outbox'),
  held: (await scene.money()).held,
})
const NOTHING = { photos: [], edits: [], outbox: [], held: 0 }

test('a batch makes its edits in order, each with an id, a hold and a photo of its own', async () => {
  const made = await batch([edit(0), edit(1, { seed: 5 }), edit(2)])
  if (made.outcome !== 'accepted') return expect.fail(made.outcome)
  expect(new Set(idsOf(made)).size).toBe(3)
  expect(made.edits[1]?.summary.seed).toBe(5)
  expect([made.price, made.balance]).toEqual([3 * PRICE, 7 * PRICE])
  expect(await scene.money()).toEqual({ balance: 7 * PRICE, held: 3 * PRICE })
  expect(photos()).toHaveLength(3)
  await scene.universe.advance(1000)
  const states = await Promise.all(idsOf(made).map((id) => scene.statusOf(id)))
  expect(states.every((status) => ['queued', 'dispatching'].includes(status))).toBe(true)
})

test('a batch that the balance does not cover is refused whole, at its first edit that is too many', async () => {
  const poor = await Scene.open(2 * PRICE)
  scene.close()
  scene = poor
  expect(await refusal(batch(several(3), request('1')))).toEqual({
    code: 'insufficient_credit',
    pointer: '/edits/2',
  })
  expect(await nothing()).toEqual(NOTHING)
  await scene.account.ledger().topup(PRICE, 'second')
  expect((await batch(several(3), request('2'))).outcome).toBe('accepted')
})

test('a batch that no longer fits when it is ready is refused whole, and leaves no photo', async () => {
  let others = 0
  const moderate = async () => {
    if (others++ > 0) return
    for (let more = 0; more < 8; more++) await scene.create()
  }
  const refused = await refusal(batch(several(3), { services: { moderate } }))
  expect(refused).toEqual({ code: 'insufficient_credit', pointer: '/edits/2' })
  expect(photos()).toHaveLength(8)
  expect(scene.rows('SELECT id FROM edit')).toHaveLength(8)
  expect(await scene.money()).toEqual({ balance: 2 * PRICE, held: 8 * PRICE })
})

test('a key that is revoked while a batch is prepared makes none of it', async () => {
  await scene.addKey('r')
  const moderate = async () => {
    await scene.account.keys().revoke('r', ['live'])
  }
  const asked = { tenant: scene.tenant('r'), services: { moderate } }
  expect((await refusal(batch(several(2), asked))).code).toBe('unauthenticated')
  expect(await nothing()).toEqual(NOTHING)
})

test('each edit of a batch counts against the rate of its key', async () => {
  await scene.addKey('r', { ratePerMinute: 3 })
  const tenant = scene.tenant('r')
  expect((await batch(several(2), { tenant })).outcome).toBe('accepted')
  expect((await refusal(batch(several(2), { tenant }))).code).toBe('rate_limited')
  expect((await scene.create(tenant)).outcome).toBe('accepted')
  expect((await scene.create(tenant)).outcome).toBe('rate_limited')
})

test('each edit of a batch counts against the edits of a client token, and against its key', async () => {
  await scene.addClient('c', 'k', { edits: 3 })
  const tenant = scene.tenant('k', 'c')
  expect(await refusal(batch(several(4), { tenant }))).toEqual({
    code: 'spend_limit',
    pointer: '/edits/3',
  })
  expect((await batch(several(3), { tenant })).outcome).toBe('accepted')
  expect(scene.rows('SELECT edits FROM client_token')).toEqual([{ edits: 0 }])
  await scene.addKey('limited', { spendPerMonth: PRICE })
  expect(await refusal(batch(several(2), { tenant: scene.tenant('limited') }))).toEqual({
    code: 'spend_limit',
    pointer: '/edits/1',
  })
})

test('a batch opens no more edits than the account may have open', async () => {
  const settings = settingsOf(scene.universe.env)
  const { MAX_OPEN_EDITS } = settings
  Object.assign(settings, { MAX_OPEN_EDITS: 3 })
  try {
    await scene.create()
    expect((await refusal(batch(several(3)))).code).toBe('rate_limited')
    expect((await batch(several(2))).outcome).toBe('accepted')
    expect((await scene.create()).outcome).toBe('rate_limited')
  } finally {
    Object.assign(settings, { MAX_OPEN_EDITS })
  }
})

test('a batch has no edit for which the queue has no place', async () => {
  // One slot, taken; twenty seconds a run: a third edit would wait longer than a minute.
  const services = { admitting: admitting(busy({ secondsPerRun: 20 })) }
  expect(await refusal(batch(several(4), { services }))).toEqual({
    code: 'model_unavailable',
    pointer: '/edits/3',
  })
  expect(await nothing()).toEqual(NOTHING)
  expect((await batch(several(3), { services })).outcome).toBe('accepted')
})

test('an edit that cannot be made is named, stores nothing of the others, and frees the key at once', async () => {
  const dear = [...several(5), edit(5, { maxCost: PRICE - 1 })]
  expect(await refusal(batch(dear, request('1')))).toEqual({
    code: 'spend_limit',
    pointer: '/edits/5/maxCost',
  })
  expect(await nothing()).toEqual(NOTHING)
  const moderate = () => Promise.reject(new EditError('blocked', 'no'))
  const blocked = { ...request('2'), services: { moderate }, fields: 'x' }
  expect(await refusal(batch(several(2), blocked))).toEqual({
    code: 'blocked',
    pointer: '/edits/0',
  })
  expect(photos()).toEqual([])
  expect((await batch(several(2), { ...request('3'), fields: 'x' })).outcome).toBe('accepted')
})

test('a batch that is sent again answers with the same ids and makes nothing', async () => {
  const ids = idsOf(await batch(several(3), request('1')))
  const again = await batch(several(3), request('2'))
  expect(again).toEqual({ outcome: 'replayed', ids })
  expect([photos().length, (await scene.money()).held]).toEqual([3, 3 * PRICE])
  expect((await refusal(batch(several(2), request('3')))).code).toBe('idempotency_key_reused')
})

test('of equal batches at the same time, the second waits; of one that got in twice, one is made', async () => {
  let second = ''
  const moderate = async () => {
    if (second === '') second = (await refusal(batch(several(2), request('second')))).code
  }
  await batch(several(2), { ...request('first'), services: { moderate } })
  expect(second).toBe('idempotency_in_flight')
  const twice = { request: { key: 'b', scope: 'b', holder: 'h' } }
  const both = await Promise.all([0, 1].map(() => batch(several(2), twice)))
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'replayed'])
  expect(new Set(both.flatMap(idsOf)).size).toBe(2)
  expect(photos()).toHaveLength(4)
})

test('a batch whose answer is lost keeps its photos, and the same request finds its edits', async () => {
  scene.universe.lose('edits.acceptBatch')
  await expect(batch(several(2), request('h'))).rejects.toThrow('was lost')
  expect(photos()).toHaveLength(2)
  const again = await batch(several(2), request('h'))
  expect([again.outcome, idsOf(again).length, photos().length]).toEqual(['replayed', 2, 2])
  await scene.universe.advance(3000)
  for (const id of idsOf(again)) expect(await scene.statusOf(id)).not.toBe('gone')
})

test('candidates differ in their seeds alone; deleting one leaves the others their photo', async () => {
  const made = await batch([edit(0, { seed: 7 }, { n: 3, pointer: '' })])
  if (made.outcome !== 'accepted') return expect.fail(made.outcome)
  expect(made.edits.map(({ summary }) => summary.seed)).toEqual([7, 8, 9])
  expect(made.edits.map(({ summary }) => summary.record?.options.seed)).toEqual([7, 8, 9])
  expect(await scene.money()).toEqual({ balance: 7 * PRICE, held: 3 * PRICE })
  const [first = '', ...others] = idsOf(made)
  await scene.universe.advance(1000)
  await deleteEdit(scene.tenant(), first)
  expect(photos()).toHaveLength(2)
  for (const id of others) {
    const state = (await scene.edit(id).read())?.edit
    const key = state?.accepted.image.key.slice(`acct/${ACCOUNT}/`.length)
    expect(photos()).toContain(key)
  }
})

test('candidates without a seed have seeds of their own, and the largest seed wraps around', async () => {
  const seedsOf = async (fields: object) => {
    const made = await batch([edit(0, fields, { n: 4, pointer: '' })])
    return made.outcome === 'accepted' ? made.edits.map(({ summary }) => summary.seed) : []
  }
  expect(new Set(await seedsOf({})).size).toBe(4)
  const most = Number.MAX_SAFE_INTEGER
  expect(await seedsOf({ seed: most - 1 })).toEqual([most - 1, most, 0, 1])
})

test('maxCost is for all candidates together', async () => {
  const candidates = (maxCost: number) => batch([edit(0, { maxCost }, { n: 2, pointer: '' })])
  expect(await refusal(candidates(2 * PRICE - 1))).toEqual({
    code: 'spend_limit',
    pointer: '/maxCost',
  })
  expect((await candidates(2 * PRICE)).outcome).toBe('accepted')
})
