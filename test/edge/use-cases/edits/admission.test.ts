/** Which edits are rejected because of the queue, before anything is held or stored. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { lanes } from '../../../../edge/rpc/provider.ts'
import { acceptEdit } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { bindings } from '../../app.ts'
import { FakeWorker } from '../../fake-worker.ts'
import { moneyOf, openTenant, photosOf } from '../tenant.ts'
import { order, services } from './order.ts'
import { accepted, admitting, busy, crowd, empty, enter, NOW, newcomer } from './queues.ts'

afterEach(() => vi.restoreAllMocks())

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
    ['where the queue is full', [crowd(100, 1)], newcomer, 1, /100 live edits are waiting/],
    [
      'where the queue of test edits is full',
      [busy({ lanes: [empty, empty, { waiting: 10, accounts: 1, taken: 1 }] })],
      { ...newcomer, lane: lanes.test },
      1,
      /10 test edits are waiting/,
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
