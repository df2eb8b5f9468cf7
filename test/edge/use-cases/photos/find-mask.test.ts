/** Which provider finds a mask, without HTTP. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MaskReport } from '../../../../edge/dispatch/host.ts'
import { newBudgets } from '../../../../edge/memory/budgets.ts'
import { providerObject } from '../../../../edge/objects/names.ts'
import { blobUrls, uploadKey } from '../../../../edge/storage/blob-urls.ts'
import { findMask, type MaskServices } from '../../../../edge/use-cases/photos/find-mask.ts'
import type { Tenant } from '../../../../edge/use-cases/tenant.ts'
import { bindings, resetProviders, settings } from '../../app.ts'
import { openTenant } from '../tenant.ts'

const upload = `upl_${'1'.repeat(32)}`
const found: MaskReport = {
  outcome: 'found',
  mask: { width: 8, height: 8, mask: 'data:,', score: 1, rle: { size: [8, 8], counts: [64] } },
}
const unreachable: MaskReport = { outcome: 'unreachable', detail: 'no connection' }
const refused: MaskReport = {
  outcome: 'rejected',
  code: 'invalid_option',
  detail: 'no',
  pointer: '/points/0',
}

let tenant: Tenant
/** The workers of a provider with one slot, and those of the next one. */
const small = vi.fn<() => Promise<MaskReport>>()
const large = vi.fn<() => Promise<MaskReport>>()

beforeEach(async () => {
  await resetProviders()
  tenant = await openTenant(0)
  const { account } = tenant.caller.credential
  const file = { client: null, contentType: 'image/png', bytes: 1 }
  const row = { ...file, id: upload, expiresAt: Date.now() + 60_000 }
  await tenant.account.uploads().create(null, 'not read', row)
  await bindings.BUCKET.put(uploadKey(account, upload), 'a photo')
  small.mockResolvedValue(found)
  large.mockResolvedValue(found)
})
afterEach(() => vi.resetAllMocks())

const slotsOf = (name: string) => providerObject(bindings, name)

function services(change: Partial<MaskServices> = {}): MaskServices {
  return {
    providers: [
      { name: 'second', findMask: small, slots: slotsOf('second') },
      { name: 'first', findMask: large, slots: slotsOf('first') },
    ],
    bucket: bindings.BUCKET,
    blobs: blobUrls(settings()),
    outlive: () => {},
    allow: async () => true,
    budgets: newBudgets(10),
    clock: Date.now,
    ...change,
  }
}

function find(change: Partial<MaskServices> = {}) {
  const points = [{ x: 1, y: 1, on: true }]
  const request = {
    points,
    id: crypto.randomUUID(),
    image: { upload },
    box: undefined,
    candidates: false,
    rough: null,
  }
  return findMask(tenant, request, services(change))
}

test('the slot of a caller who leaves is free when the worker has answered', async () => {
  const answer = Promise.withResolvers<MaskReport>()
  small.mockReturnValueOnce(answer.promise)
  const work: Promise<unknown>[] = []
  const left = find({ outlive: (one) => work.push(one) })
  await vi.waitFor(() => expect(work).toHaveLength(1))
  await find()
  expect(large).toHaveBeenCalledTimes(1)
  answer.resolve(found)
  await Promise.all(work)
  await find()
  expect(small).toHaveBeenCalledTimes(2)
  expect(large).toHaveBeenCalledTimes(1)
  await left
})

test('the first provider finds it, and its slot is free again', async () => {
  await find()
  await find()
  expect(small).toHaveBeenCalledTimes(2)
  expect(large).not.toHaveBeenCalled()
})

test('a full provider is skipped', async () => {
  await slotsOf('second').requestMask('second', 'another mask')
  await find()
  expect(small).not.toHaveBeenCalled()
  expect(large).toHaveBeenCalledOnce()
})

test('if every provider is full, the error asks for a retry soon', async () => {
  await slotsOf('second').requestMask('second', 'another mask')
  const { providers } = services()
  await expect(find({ providers: providers.slice(0, 1) })).rejects.toMatchObject({
    code: 'model_unavailable',
    retryAfter: 2,
  })
})

test('an unreachable provider is skipped, and after five failures in a row it gets no more requests', async () => {
  small.mockResolvedValue(unreachable)
  for (let i = 0; i < 6; i++) expect((await find()).width).toBe(8)
  expect(small).toHaveBeenCalledTimes(5)
  expect(large).toHaveBeenCalledTimes(6)
})

test('if every circuit breaker is open, Retry-After says for how long', async () => {
  small.mockResolvedValue(unreachable)
  const { providers } = services()
  const alone = { providers: providers.slice(0, 1) }
  for (let i = 0; i < 5; i++)
    await expect(find(alone)).rejects.toMatchObject({ code: 'model_unavailable', retryAfter: 5 })
  const { openUntil } = await slotsOf('second').status('second')
  const clock = () => Number(openUntil) - 3200
  await expect(find({ ...alone, clock })).rejects.toMatchObject({
    code: 'model_unavailable',
    retryAfter: 4,
  })
  expect(small).toHaveBeenCalledTimes(5)
})

test("a worker's rejection is returned, does not count as a failure, and frees the slot", async () => {
  small.mockResolvedValue(refused)
  for (let i = 0; i < 6; i++) await expect(find()).rejects.toMatchObject({ code: 'invalid_option' })
  expect(large).not.toHaveBeenCalled()
  small.mockResolvedValue(found)
  await find()
  expect(small).toHaveBeenCalledTimes(7)
})

test('a busy provider does not count as a failure, and the next provider is tried', async () => {
  small.mockResolvedValue({ outcome: 'busy', retryAfter: 3 })
  for (let i = 0; i < 6; i++) await find()
  expect([small.mock.calls.length, large.mock.calls.length]).toEqual([6, 6])
})

test('a key over its rate limit is rejected before any request to a provider', async () => {
  const rejection = find({ allow: async () => false })
  await expect(rejection).rejects.toMatchObject({ code: 'rate_limited' })
  expect(small).not.toHaveBeenCalled()
})
