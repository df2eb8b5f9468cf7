/** Accepting an edit, without HTTP. */

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { AcceptRequest, AdmitRequest } from '../../../../edge/rpc/account/edits.ts'
import { acceptEdit } from '../../../../edge/use-cases/edits/accept-edit.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { EditError } from '../../../../shared/errors.ts'
import { greyPng } from '../../../fixtures/png.ts'
import { bindings } from '../../app.ts'
import { FakeWorker } from '../../fake-worker.ts'
import { moneyOf, openTenant, photosOf } from '../tenant.ts'
import { order, PRICE, services } from './order.ts'

beforeEach(() => {
  new FakeWorker()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('an edit that is accepted', () => {
  test('holds its price and stores its photo', async () => {
    const tenant = await openTenant(1000)
    const now = Date.now()
    const outcome = await acceptEdit(tenant, await order(), services({ clock: () => now }))
    expect(outcome).toMatchObject({
      outcome: 'accepted',
      price: 700,
      balance: 300,
      edit: {
        status: 'queued',
        summary: {
          model: 'embedded-fast',
          mode: 'live',
          price: { amount: 700, version: 'v7' },
          metadata: { shelf: '7' },
          image: { width: 128, height: 96 },
          createdAt: now,
        },
      },
    })
    expect(await moneyOf(tenant)).toEqual({ balance: 300, held: 700 })
    expect(await photosOf(tenant)).toHaveLength(1)
  })

  test('is the same edit when its request is repeated, with one photo and one hold', async () => {
    const tenant = await openTenant(5000)
    const wanted = await order()
    const first = await acceptEdit(tenant, wanted, services())
    const again = await acceptEdit(tenant, wanted, services())
    expect(again).toEqual({ outcome: 'replayed', id: first.id })
    expect((await moneyOf(tenant)).held).toBe(PRICE)
    expect(await photosOf(tenant)).toHaveLength(1)
  })

  test('says that its mask is not refined, in the profile of the paper without SAM', async () => {
    const tenant = await openTenant(5000)
    const { settings } = await order()
    const wanted = await order({ settings: { ...settings, profile: 'paper' } })
    const summaryWith = async (refined: readonly 'embedded-fast'[]) => {
      const outcome = await acceptEdit(
        tenant,
        { ...wanted, request: (await order()).request },
        services({ refined }),
      )
      return outcome.outcome === 'accepted' ? outcome.edit.summary : null
    }
    expect(await summaryWith([])).toMatchObject({
      warnings: [{ code: 'mask_not_refined' }],
      record: { mask: { foundBy: null, holesFilled: true } },
    })
    const refined = await summaryWith(['embedded-fast'])
    expect(refined).toMatchObject({ warnings: [], record: { options: { profile: 'paper' } } })
    expect(refined?.record).not.toHaveProperty('mask')
  })

  test('is free with a test key', async () => {
    const tenant = await openTenant(0, 'test')
    const outcome = await acceptEdit(tenant, await order(), services())
    expect(outcome).toMatchObject({ outcome: 'accepted', price: 0, balance: 0 })
  })
})

describe('a rejected edit holds no price and stores no photo:', () => {
  const blocked = () => Promise.reject(new EditError('blocked', 'no'))
  test.each([
    ['the balance is too low', 699, {}, {}, 'insufficient_credit'],
    ['moderation refuses it', 1000, {}, { moderate: blocked }, 'blocked'],
    ['no provider serves the model', 1000, {}, { served: [] }, 'model_unavailable'],
    ['the mask is not a PNG', 1000, { mask: new Uint8Array([1, 2, 3]) }, {}, 'mask_unreadable'],
    ['there is no photo', 1000, { image: null }, {}, 'image_missing'],
  ] as const)('%s', async (_, balance, change, environment, code) => {
    const tenant = await openTenant(balance)
    const refused = acceptEdit(tenant, await order(change), services(environment))
    await expect(refused).rejects.toMatchObject({ code })
    expect(await moneyOf(tenant)).toEqual({ balance, held: 0 })
    expect(await photosOf(tenant)).toEqual([])
  })

  test('the result would be too large for a WebP', async () => {
    const tenant = await openTenant(PRICE)
    const { settings } = await order()
    const change = {
      image: await greyPng(16_384, 1024, () => 90),
      mask: null,
      settings: { ...settings, output: { format: 'webp' as const, quality: 90 } },
    }
    await expect(acceptEdit(tenant, await order(change), services())).rejects.toMatchObject({
      code: 'invalid_option',
      pointer: '/output/format',
    })
    expect(await moneyOf(tenant)).toEqual({ balance: PRICE, held: 0 })
    expect(await photosOf(tenant)).toEqual([])
  })

  test('moderation rejects it, and the same request can be retried', async () => {
    const tenant = await openTenant(1000)
    const wanted = await order()
    const moderated = { moderate: blocked }
    await expect(acceptEdit(tenant, wanted, services(moderated))).rejects.toThrow('no')
    const allowed = services({ moderate: () => Promise.resolve() })
    const another = { ...wanted, request: { ...wanted.request, holder: crypto.randomUUID() } }
    expect(await acceptEdit(tenant, another, allowed)).toMatchObject({ outcome: 'accepted' })
  })
})

describe('before anything is read or stored', () => {
  test('a create is counted, also one that is then rejected', async () => {
    const tenant = await openTenant(0, 'live', 5)
    const put = vi.spyOn(bindings.BUCKET, 'put')
    const fetchImage = vi.fn(() => Promise.reject(new Error('not reached')))
    const codes: string[] = []
    for (let i = 0; i < 8; i++) {
      const image = { url: 'https://photos.example/1.png' }
      const rejected = acceptEdit(tenant, await order({ image }), services({ fetchImage }))
      codes.push(await rejected.then(String, ({ code }) => code))
    }
    expect(codes).toEqual([
      ...new Array(5).fill('insufficient_credit'),
      ...new Array(3).fill('rate_limited'),
    ])
    expect(fetchImage).not.toHaveBeenCalled()
    expect(put).not.toHaveBeenCalled()
  })

  test('a test key may ask for the work of so many passes, and no more', async () => {
    const tenant = await openTenant(0, 'test')
    const image = await greyPng(512, 512, (x) => x % 256)
    const asking = async (steps: number, trueGuidance: number) => {
      const fields = { drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }] }
      const settings = EditSettings.parse({
        ...fields,
        model: 'embedded-fast',
        steps,
        trueGuidance,
      })
      return acceptEdit(tenant, await order({ image, mask: null, settings }), services())
    }
    expect(await asking(16, 1)).toMatchObject({ outcome: 'accepted' })
    await expect(asking(17, 1)).rejects.toMatchObject({ code: 'forbidden', pointer: '/steps' })
    await expect(asking(9, 1.1)).rejects.toMatchObject({ code: 'forbidden' })
  })
})

test('an accept whose answer is lost keeps the photo: the edit may exist', async () => {
  const tenant = await openTenant(1000)
  const lost = new Error('the answer was lost')
  const edits = tenant.account.edits()
  const account = new Proxy(tenant.account, {
    get: (target, name) =>
      name === 'edits'
        ? () => ({
            admit: (request: AdmitRequest) => edits.admit(request),
            accept: async (request: AcceptRequest) => {
              await edits.accept(request)
              throw lost
            },
          })
        : Reflect.get(target, name),
  })
  await expect(acceptEdit({ ...tenant, account }, await order(), services())).rejects.toBe(lost)
  expect(await photosOf(tenant)).toHaveLength(1)
  expect((await moneyOf(tenant)).held).toBe(PRICE)
})
