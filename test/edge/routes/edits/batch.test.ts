/** Several edits with one request, over HTTP: a batch, and the candidates of an edit. */

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { greyPng } from '../../../fixtures/png.ts'
import { Account, bindings, call, json, resetProviders, until } from '../../app.ts'
import { editBody, ended, FakeWorker, finish, type View } from '../../fake-worker.ts'

let account: Account
let worker: FakeWorker
beforeAll(async () => {
  account = await Account.open()
})
beforeEach(async () => {
  await resetProviders()
  worker = new FakeWorker()
})
afterAll(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

type Batch = { readonly edits: readonly (View & { seed: number; price: { amount: number } })[] }
const batch = async (...changes: Record<string, unknown>[]) => ({
  edits: await Promise.all(changes.map((change) => editBody(change))),
})
const made = async (answer: Response) => (await answer.json()) as Batch
const photos = async () => (await bindings.BUCKET.list()).objects.length

describe('POST /v1/edits/batch', () => {
  test('accepts edits in order under one Idempotency-Key, each with its own id, and runs them', async () => {
    const headers = { 'idempotency-key': 'a batch' }
    const body = await batch({ seed: 1, metadata: { shelf: 'a' } }, { seed: 7, n: 2 })
    const before = await account.money()
    const answer = await account.post('/v1/edits/batch', body, headers)
    expect(answer.status).toBe(202)
    const { edits } = await made(answer)
    expect(edits.map(({ seed }) => seed)).toEqual([1, 7, 8])
    expect(new Set(edits.map(({ id }) => id)).size).toBe(3)
    const price = edits.reduce((sum, edit) => sum + edit.price.amount, 0)
    expect(price).toBeGreaterThan(0)
    expect(answer.headers.get('edit-cost')).toBe(String(price))
    expect(answer.headers.get('account-balance')).toBe(String(before.balance - price))
    expect((await account.money()).held - before.held).toBe(price)
    expect(answer.headers.get('ratelimit')).toMatch(/^"creates";r=597;/)

    const again = await account.post('/v1/edits/batch', body, headers)
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, 'true'])
    expect((await made(again)).edits.map(({ id }) => id)).toEqual(edits.map(({ id }) => id))
    for (const { id } of edits) await finish(await worker.run(id))
    for (const { id } of edits) expect((await ended(account, id)).status).toBe('succeeded')
    // Each tells the account behind its answer.
    await until(async () => (await account.money()).held === before.held)
    expect((await account.money()).balance).toBe(before.balance - price)
  })

  test('shows a retry all edits, though one was deleted in the meantime', async () => {
    const headers = { 'idempotency-key': 'a batch with a deleted edit' }
    const body = await batch({}, {}, {})
    const { edits } = await made(await account.post('/v1/edits/batch', body, headers))
    const [first, second, third] = edits.map(({ id }) => id)
    await account.delete(`/v1/edits/${second}`)
    for (const wait of [{}, { prefer: 'wait=1' }]) {
      const again = await account.post('/v1/edits/batch', body, { ...headers, ...wait })
      expect(again.status).toBe(202)
      expect((await made(again)).edits).toEqual([
        expect.objectContaining({ id: first, price: expect.anything() }),
        { id: second, status: 'deleted' },
        expect.objectContaining({ id: third, price: expect.anything() }),
      ])
    }
    for (const id of [first, third]) await account.post(`/v1/edits/${id}/cancel`, {})
  })

  test('waits until all are over, if asked to', async () => {
    const waiting = account.post('/v1/edits/batch', await batch({}, {}), { prefer: 'wait=60' })
    for (const count of [0, 1]) await finish(await until(async () => worker.runs[count]))
    const { edits } = await made(await waiting)
    expect(edits.map(({ status }) => status)).toEqual(['succeeded', 'succeeded'])
  })

  test.each([
    ['no_drags', '/edits/1/drags', { drags: [] }],
    ['no_drags', '/edits/1/drags', { drags: undefined }],
    ['image_missing', '/edits/1/image', { image: undefined }],
    ['image_missing', '/edits/1/image', { image: '' }],
    ['image_unreadable', '/edits/1/image', { image: 'data:image/png;base64,AAAA' }],
    ['not_found', '/edits/1/image/upload', { image: { upload: `upl_${'0'.repeat(32)}` } }],
    ['mask_unreadable', '/edits/1/mask', { mask: 'https://example.com/mask.png' }],
    ['unknown_model', '/edits/1/model', { model: 'nobody' }],
    ['model_unavailable', '/edits/1/model', { model: 'flux1-kontext-dev' }],
    ['prompt_too_long', '/edits/1/prompt', { prompt: 'a'.repeat(10_001) }],
    ['invalid_request', '/edits/1/guidence', { guidence: 1 }],
    ['spend_limit', '/edits/1/maxCost', { maxCost: 0 }],
    ['invalid_option', '/edits/1/n', { n: 5 }],
  ])('names an edit that is at fault, and makes none: %s at %s', async (code, pointer, change) => {
    const [stored, { held }] = [await photos(), await account.money()]
    const refused = await account.post('/v1/edits/batch', await batch({}, change, {}))
    expect(await refused.json()).toMatchObject({ code, pointer })
    expect([await photos(), (await account.money()).held]).toEqual([stored, held])
  })

  test('has 1 to 20 edits, candidates counted', async () => {
    const { edits } = await batch({ n: 4 })
    const post = async (body: unknown) => {
      const answer = await account.post('/v1/edits/batch', body)
      return [answer.status, await answer.json()]
    }
    const pointer = '/edits'
    const six = Array.from({ length: 6 }, () => edits[0])
    expect(await post({ edits: six })).toMatchObject([422, { code: 'invalid_option', pointer }])
    expect(await post({ edits: [] })).toMatchObject([422, { code: 'invalid_option', pointer }])
    expect(await post({})).toMatchObject([400, { code: 'invalid_request', pointer }])
    expect(await post({ edits: 1 })).toMatchObject([400, { code: 'invalid_request', pointer }])
  })

  test('a live key needs an Idempotency-Key, and a client token fetches no photo', async () => {
    const body = await batch({ image: 'https://photos.example.com/1.png' })
    const authorization = `Bearer ${account.live}`
    const send = async (headers: Record<string, string>) => {
      const answer = await call('/v1/edits/batch', {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json', ...headers },
      })
      return answer.json()
    }
    expect(await send({ authorization })).toMatchObject({ code: 'idempotency_key_missing' })
    const { token } = await json(await account.post('/v1/client-tokens', { edits: 3 }))
    const asClient = { authorization: `Bearer ${token}`, 'idempotency-key': 'c' }
    expect(await send(asClient)).toMatchObject({ code: 'forbidden', pointer: '/edits/0/image' })
  })
})

describe('candidates', () => {
  type Created = View & { readonly candidates?: Batch['edits'] }

  test('of a form are edits that differ in their seed', async () => {
    const { image: _, mask: __, ...fields } = await editBody({ seed: 3, n: 3 })
    const form = new FormData()
    form.append('image', new Blob([await greyPng(128, 96, (x) => x)]), 'photo.png')
    for (const [name, value] of Object.entries(fields))
      form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
    const headers = { ...account.headers }
    const answer = await call('/v1/edits', { method: 'POST', body: form, headers })
    expect(answer.status).toBe(202)
    const { id, candidates = [] } = (await answer.json()) as Created
    expect(candidates.map(({ seed }) => seed)).toEqual([3, 4, 5])
    expect(candidates[0]?.id).toBe(id)
    expect(answer.headers.get('location')).toBe(`/v1/edits/${id}`)
    const each = candidates[0]?.price.amount ?? 0
    expect(answer.headers.get('edit-cost')).toBe(String(3 * each))
    // Each has a photo of its own: whoever deletes one leaves the others theirs.
    const [, second = { id: '' }, third = { id: '' }] = candidates
    await account.delete(`/v1/edits/${id}`)
    await finish(await worker.run(second.id))
    expect((await ended(account, second.id)).status).toBe('succeeded')
    await account.post(`/v1/edits/${third.id}/cancel`, {})
  })

  test('that were deleted hide none of the others from a retry', async () => {
    const headers = { 'idempotency-key': 'candidates, thrown away' }
    const body = await editBody({ n: 3 })
    const { candidates = [] } = (await json(
      await account.post('/v1/edits', body, headers),
    )) as Created
    const [first, second, third] = candidates.map(({ id }) => id)
    const deleted = (id?: string) => ({ id, status: 'deleted' })
    const there = (id?: string) => expect.objectContaining({ id, price: expect.anything() })
    await account.delete(`/v1/edits/${first}`)
    const again = await account.post('/v1/edits', body, headers)
    expect([again.status, again.headers.get('location')]).toEqual([202, `/v1/edits/${second}`])
    expect(await again.json()).toMatchObject({
      id: second,
      candidates: [deleted(first), there(second), there(third)],
    })
    await account.delete(`/v1/edits/${second}`)
    await account.delete(`/v1/edits/${third}`)
    const none = await account.post('/v1/edits', body, headers)
    expect([none.status, await none.json()]).toMatchObject([410, { code: 'gone' }])
  })

  test('a request for one has none, and its answer is stored as before', async () => {
    const headers = { 'idempotency-key': 'just one' }
    const body = await editBody({ n: 1 })
    const first = (await json(await account.post('/v1/edits', body, headers))) as Created
    expect(first.candidates).toBeUndefined()
    const again = await account.post('/v1/edits', body, headers)
    expect(await again.json()).toMatchObject({ id: first.id })
    const other = await account.post('/v1/edits', await editBody({ n: 2 }), headers)
    expect(await other.json()).toMatchObject({ code: 'idempotency_key_reused' })
  })
})
