/** Which edits are rejected because of the queue, before anything is held or stored. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { lanes, type ProviderStatus } from '../../../../edge/rpc/provider.ts'
import { acceptEdit } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { type Admitting, admitted } from '../../../../edge/use-cases/edits/admission.ts'
import { type Newcomer, Newcomers } from '../../../../edge/use-cases/edits/newcomers.ts'
import { bindings } from '../../app.ts'
import { FakeWorker } from '../../fake-worker.ts'
import { moneyOf, openTenant, photosOf } from '../tenant.ts'
import { order, services } from './order.ts'

afterEach(() => vi.restoreAllMocks())

const NOW = 1_000_000
const empty = { waiting: 0, accounts: 0, taken: 0 }
const busy = (change: Partial<ProviderStatus> = {}): ProviderStatus => ({
  slots: 1,
  lanes: [{ ...empty, taken: 1 }, empty, empty],
  secondsPerRun: 4,
  secondsPerTestRun: 4,
  taken: 1,
  waiting: 0,
  openUntil: null,
  ...change,
})
/** So many edits of so many accounts wait in the first lane. */
const crowd = (waiting: number, accounts: number) =>
  busy({ lanes: [{ waiting, accounts, taken: 1 }, empty, empty] })

const admitting = (...statuses: (ProviderStatus | null)[]): Admitting => ({
  queues: async () =>
    statuses.map((status) => status && { status, models: ['embedded-fast'], askedAt: NOW }),
  newcomers: new Newcomers(),
  dispatchSeconds: 60,
  maxQueue: { live: 100, test: 10 },
})
const newcomer = { account: 'a', model: 'embedded-fast', lane: lanes.key, open: 0 } as const
const accepted = { outcome: 'accepted' } as const
/** An edit that is created at once where it is admitted. */
const enter = (who: Newcomer, by: Admitting) =>
  admitted(
    who,
    by,
    () => NOW,
    async () => accepted,
  )

describe('an edit is admitted', () => {
  test.each([
    ['where its wait is within its time', [crowd(14, 14)]],
    ['where another account fills the queue, since accounts take turns', [crowd(90, 1)]],
    ['where one of two providers has room', [crowd(90, 90), crowd(3, 3)]],
    ['where nothing is known of a provider', [crowd(90, 90), null]],
    ['where no provider is asked', []],
  ])('%s', async (_, statuses) => {
    expect(await enter(newcomer, admitting(...statuses))).toBe(accepted)
  })
})

describe('an edit is rejected with model_unavailable and the seconds to wait', () => {
  test.each([
    // Twenty and itself, four seconds each.
    ['where it would wait too long', [crowd(20, 20)], newcomer, 24, /about 84 s .* 60 s/],
    ['where its account has too many open', [busy()], { ...newcomer, open: 20 }, 20, /about 80 s/],
    ['where the queue is full', [crowd(100, 1)], newcomer, 1, /100 live edits wait/],
    [
      'where the queue of test edits is full',
      [busy({ lanes: [empty, empty, { waiting: 10, accounts: 1, taken: 1 }] })],
      { ...newcomer, lane: lanes.test },
      1,
      /10 test edits wait/,
    ],
    [
      'where every breaker stays open for longer',
      [busy({ openUntil: NOW + 70_000 })],
      newcomer,
      10,
      /about 70 s/,
    ],
  ] as const)('%s', async (_, statuses, who, retryAfter, detail) => {
    await expect(enter(who, admitting(...statuses))).rejects.toMatchObject({
      retryAfter,
      code: 'model_unavailable',
      message: expect.stringMatching(detail),
    })
  })
})

describe('edits that come at the same time', () => {
  /** Creates them, each while all before it are still being created. @returns who was admitted */
  async function burst(newcomers: readonly Newcomer[], by: Admitting): Promise<number[]> {
    const gate = Promise.withResolvers<void>()
    const all = newcomers.map((who) =>
      admitted(
        who,
        by,
        () => NOW,
        async () => {
          await gate.promise
          return accepted
        },
      ),
    )
    gate.resolve()
    const ends = await Promise.allSettled(all)
    return ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
  }
  const many = (of: (index: number) => Partial<Newcomer>) =>
    Array.from({ length: 60 }, (_, index) => ({ ...newcomer, ...of(index) }))
  const first = (count: number) => Array.from({ length: count }, (_, index) => index)

  test.each([
    // One slot, taken; four seconds a run: the fifteenth has its slot after a minute.
    ['of one account', () => ({}), [busy()], 15],
    ['of as many accounts', (index: number) => ({ account: `${index}` }), [busy()], 15],
    ['between two providers', (index: number) => ({ account: `${index}` }), [busy(), busy()], 29],
    ['of client tokens', () => ({ lane: lanes.client }), [busy()], 15],
    [
      'of as many accounts, until the queue is full',
      (index: number) => ({ account: `${index}` }),
      [busy({ waiting: 90, secondsPerRun: 0.1, lanes: crowd(90, 1).lanes })],
      10,
    ],
  ] as const)('%s: as many are admitted as get a slot in time', async (_, of, statuses, fit) => {
    expect(await burst(many(of), admitting(...statuses))).toEqual(first(fit))
  })

  test('do not count where they are of another model that the provider does not serve', async () => {
    const by = admitting(busy())
    const others = many(() => ({ model: 'instant' }))
    for (const who of others) by.newcomers.add(who, NOW)
    expect(await burst([newcomer], by)).toEqual([0])
  })

  test('count until the provider was asked after they were accepted, and not at all if they are rejected', async () => {
    const by = admitting(busy())
    const who = (index: number) => ({ ...newcomer, account: `${index}` })
    for (let index = 0; index < 15; index++) await enter(who(index), by)
    await expect(enter(who(15), by)).rejects.toMatchObject({ code: 'model_unavailable' })
    const failed = () => Promise.reject(new Error('no photo'))
    const status = busy({ secondsPerRun: 3.5 })
    const asked = (askedAt: number): Admitting => ({
      ...by,
      queues: async () => [{ status, models: ['embedded-fast'], askedAt }],
    })
    // Room for 17 in all: two more, of which one fails.
    await expect(admitted(who(16), asked(NOW), () => NOW, failed)).rejects.toThrow('no photo')
    expect(await burst([who(17), who(18), who(19)], asked(NOW))).toEqual([0, 1])
    expect(await burst(first(17).map(who), asked(NOW + 1))).toEqual(first(17))
  })

  test('an entry of a request that was cut off is dropped after a minute', async () => {
    const { newcomers } = admitting()
    const [, , last] = [0, 59_000, 61_000].map((at) => newcomers.add(newcomer, NOW + at))
    expect(last && newcomers.own(last)).toBe(1)
  })
})

test('nothing is held, fetched or stored for an edit that would wait too long; its create is counted', async () => {
  new FakeWorker()
  const tenant = await openTenant(1000, 'live', 2)
  const put = vi.spyOn(bindings.BUCKET, 'put')
  const fetchImage = vi.fn(() => Promise.reject(new Error('not reached')))
  const full = services({ fetchImage, admitting: admitting(crowd(90, 90)) })
  const wanted = await order({ image: { url: 'https://photos.example/1.png' } })
  for (let i = 0; i < 2; i++)
    await expect(acceptEdit(tenant, wanted, full)).rejects.toMatchObject({
      code: 'model_unavailable',
    })
  await expect(acceptEdit(tenant, wanted, full)).rejects.toMatchObject({ code: 'rate_limited' })
  expect(fetchImage).not.toHaveBeenCalled()
  expect(put).not.toHaveBeenCalled()
  expect(await moneyOf(tenant)).toEqual({ balance: 1000, held: 0 })
  expect(await photosOf(tenant)).toEqual([])
})

test('an edit that was accepted is returned again, although a new one would wait too long', async () => {
  new FakeWorker()
  const tenant = await openTenant(1000)
  const wanted = await order()
  const { id } = await acceptEdit(tenant, wanted, services())
  const full = services({ admitting: admitting(crowd(90, 90)) })
  expect(await acceptEdit(tenant, wanted, full)).toEqual({ outcome: 'replayed', id })
})
