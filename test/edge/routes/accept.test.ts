/** Accepting an edit: what it costs, what is held, and that one key makes one edit. */

import { listDurableObjectIds } from 'cloudflare:test'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { unpackMask } from '../../../shared/files/packed-mask.ts'
import { dataUrl, greyPng } from '../../fixtures/png.ts'
import { Account, bindings, call, json, operator, post, resetProviders, until } from '../app.ts'
import { create, editBody, FakeWorker, finish, look } from '../fake-worker.ts'

let account: Account
beforeAll(async () => {
  account = await Account.open()
})
beforeEach(resetProviders)
afterEach(() => vi.unstubAllGlobals())

const photos = async () => (await bindings.BUCKET.list()).objects.length
const edits = async (of: Account) =>
  (await json(await of.get('/v1/edits?limit=100'))).edits as { id: string }[]

describe('the price', () => {
  test('is part of the plan, is held when the edit is accepted, and is in the response headers', async () => {
    new FakeWorker()
    const { image: _, ...body } = await editBody({ steps: 7, trueGuidance: 2 })
    // 48 of 1024 tokens at 528 channels are 0.0293327 of a pass: 100 + ceil(200 * 0.262144 * 14 * 0.0293327)
    const plan = await json(
      await account.post('/v1/plan', { ...body, image: { width: 128, height: 96 } }),
    )
    expect(plan.price).toMatchObject({ amount: 122, currency: 'USD' })
    const { balance } = await account.money()
    const answer = await account.post('/v1/edits', await editBody({ steps: 7, trueGuidance: 2 }))
    expect(answer.status).toBe(202)
    expect(answer.headers.get('edit-cost')).toBe('122')
    expect(answer.headers.get('account-balance')).toBe(String(balance - 122))
    expect(answer.headers.get('ratelimit')).toMatch(/^"creates";r=\d+;t=\d+$/)
    expect(answer.headers.get('ratelimit-policy')).toBe('"creates";q=600;w=60')
  })

  test('with an editable mask, the run contains the mask and the drags for the worker to find the things', async () => {
    const worker = new FakeWorker()
    const { id } = await create(account, { maskKind: 'editable', scope: 'global' })
    const { work } = (await worker.run(id)).request
    if (work.kind !== 'editable') return expect.fail(`the work is ${work.kind}`)
    expect(work).toMatchObject({
      drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
      options: { scope: 'global', power: 2, pre: true },
    })
    const within = await unpackMask(work.within)
    expect([within.width, within.height]).toEqual([128, 96])
    const white = within.data.reduce((sum, value) => sum + value, 0)
    expect(white).toBe(48 * 48)
    // What moves is not known here: the answer has no plan, where that of a mask of the thing has.
    const view = await json(await account.get(`/v1/edits/${id}`))
    expect(view).not.toHaveProperty('plan')
    const other = await create(account)
    expect(await json(await account.get(`/v1/edits/${other.id}`))).toHaveProperty('plan')
  })

  test.each([
    [{ maskKind: 'editable', mask: undefined }, 'invalid_option', '/maskKind'],
    [
      {
        maskKind: 'editable',
        drags: [{ handle: { x: 68, y: 40 }, target: { x: 90, y: 40 } }],
      },
      'handle_outside_mask',
      '/drags/0/handle',
    ],
    [{ maskKind: 'thing' }, 'invalid_option', '/maskKind'],
  ])('with %j is refused', async (change, code, pointer) => {
    const before = await photos()
    const refused = await account.post('/v1/edits', await editBody(change))
    expect([refused.status, await refused.json()]).toMatchObject([422, { code, pointer }])
    expect(await photos()).toBe(before)
  })

  test('over maxCost is rejected, with both numbers, and nothing is stored', async () => {
    const before = await photos()
    const answer = await account.post('/v1/edits', await editBody({ maxCost: 103 }))
    expect([answer.status, await answer.json()]).toMatchObject([
      402,
      { code: 'spend_limit', detail: expect.stringMatching(/104.*103/), pointer: '/maxCost' },
    ])
    expect(await photos()).toBe(before)
  })

  test('over the balance is a 402 that is not stored: after a top-up the same request succeeds', async () => {
    new FakeWorker()
    const poor = await Account.open(0)
    const headers = { 'idempotency-key': 'the same' }
    const before = await photos()
    const refused = await poor.post('/v1/edits', await editBody(), headers)
    expect([refused.status, await refused.json()]).toMatchObject([
      402,
      { code: 'insufficient_credit', detail: expect.stringMatching(/104.*balance is 0/) },
    ])
    expect(await photos()).toBe(before)
    await post(`/admin/accounts/${poor.id}/topups`, { amount: 104, reference: 'r' }, operator)
    expect((await poor.post('/v1/edits', await editBody(), headers)).status).toBe(202)
    expect(await poor.money()).toEqual({ balance: 0, sum: 0, held: 104 })
  })

  test('two edits race for the last credit: one gets it', async () => {
    new FakeWorker()
    const poor = await Account.open(104)
    const body = await editBody()
    const answers = await Promise.all([1, 2, 3].map(() => poor.post('/v1/edits', body)))
    expect(answers.map(({ status }) => status).sort()).toEqual([202, 402, 402])
    expect((await poor.money()).balance).toBe(0)
  })

  test('a test key pays nothing and can use only the embedded backbones', async () => {
    new FakeWorker()
    const poor = await Account.open(0)
    const headers = { authorization: `Bearer ${poor.test}` }
    const answer = await post('/v1/edits', await editBody(), headers)
    expect([answer.status, answer.headers.get('edit-cost')]).toEqual([202, '0'])
    const flux = await post('/v1/edits', await editBody({ model: 'flux1-kontext-dev' }), headers)
    expect([flux.status, await flux.json()]).toMatchObject([403, { code: 'forbidden' }])
  })
})

describe('Idempotency-Key', () => {
  test('is required of live keys, not of test keys', async () => {
    const authorization = `Bearer ${account.live}`
    const answer = await post('/v1/edits', await editBody(), { authorization })
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { code: 'idempotency_key_missing' },
    ])
  })

  test('50 parallel POST requests create one edit', async () => {
    new FakeWorker()
    const own = await Account.open()
    const body = await editBody()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => own.post('/v1/edits', body, { 'idempotency-key': 'one' })),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]))
    const views = await Promise.all(answers.map(json))
    expect(new Set(views.map(({ id }) => id)).size).toBe(1)
    const replayed = answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')
    expect(replayed).toHaveLength(49)
    expect(await edits(own)).toHaveLength(1)
    expect(await own.money()).toMatchObject({ held: 104 })
    const inputs = await bindings.BUCKET.list({ prefix: `acct/${own.id}/in/` })
    expect(inputs.objects).toHaveLength(1)
  })

  test('a retry with another multipart boundary is a replay; another photo is not', async () => {
    new FakeWorker()
    const photo = await greyPng(128, 96, (x) => x)
    const send = async (bytes: Uint8Array, boundary: string) => {
      const { image: _, mask: __, ...fields } = await editBody()
      const parts = Object.entries({ ...fields, drags: JSON.stringify(fields.drags) }).map(
        ([name, value]) =>
          `--${boundary}\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
      )
      const head = `--${boundary}\r\ncontent-disposition: form-data; name="image"; filename="p"\r\ncontent-type: image/png\r\n\r\n`
      const body = new Blob([
        ...parts,
        head,
        bytes as Uint8Array<ArrayBuffer>,
        `\r\n--${boundary}--\r\n`,
      ])
      return call('/v1/edits', {
        method: 'POST',
        body,
        headers: {
          ...account.headers,
          'idempotency-key': 'a form',
          'content-type': `multipart/form-data; boundary=${boundary}`,
        },
      })
    }
    const first = await json(await send(photo, 'one'))
    const again = await send(photo, 'two')
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect((await json(again)).id).toBe(first.id)
    const other = await send(await greyPng(128, 96, (x) => x + 1), 'three')
    expect([other.status, await other.json()]).toMatchObject([
      422,
      { code: 'idempotency_key_reused' },
    ])
  })

  test('belongs to its caller: the same key of another account is another edit', async () => {
    new FakeWorker()
    const other = await Account.open()
    const headers = { 'idempotency-key': 'shared' }
    const mine = await create(account, {}, headers)
    const theirs = await create(other, {}, headers)
    expect(theirs.id).not.toBe(mine.id)
  })

  test('a slow image download holds a lease: a duplicate request gets 409 with Retry-After, and later the stored response', async () => {
    const worker = new FakeWorker()
    const photo = await greyPng(128, 96, (x) => x)
    let arrived = () => {}
    const slow = new Promise<void>((resolve) => {
      arrived = resolve
    })
    let asked = 0
    worker.others = async () => {
      asked++
      await slow
      return new Response(photo as Uint8Array<ArrayBuffer>, {
        headers: { 'content-type': 'image/png' },
      })
    }
    const body = await editBody({ image: 'https://pictures.example.org/a.png' })
    const headers = { 'idempotency-key': 'slow' }
    const first = account.post('/v1/edits', body, headers)
    await until(async () => asked === 1)
    const twin = await account.post('/v1/edits', body, headers)
    expect([twin.status, await twin.json()]).toMatchObject([409, { code: 'idempotency_in_flight' }])
    expect(twin.headers.get('retry-after')).toBe('1')
    arrived()
    const { id } = await json(await first)
    const replay = await account.post('/v1/edits', body, headers)
    expect((await json(replay)).id).toBe(id)
    expect(asked).toBe(1)
  })

  test('a failed image download releases its lease at once', async () => {
    const worker = new FakeWorker()
    worker.others = () => new Response(null, { status: 404 })
    const body = await editBody({ image: 'https://pictures.example.org/b.png' })
    for (const _ of [1, 2]) {
      const answer = await account.post('/v1/edits', body, { 'idempotency-key': 'gone' })
      expect([answer.status, await answer.json()]).toMatchObject([
        422,
        { code: 'image_unreachable' },
      ])
    }
  })
})

describe('other ways to send a photo', () => {
  test('an upload: created, sent to a signed URL, then used in an edit', async () => {
    const worker = new FakeWorker()
    const photo = await greyPng(128, 96, (x) => x)
    const asked = await account.post('/v1/uploads', {
      contentType: 'image/png',
      bytes: photo.length,
    })
    expect(asked.status).toBe(201)
    const upload = (await json(asked)) as {
      id: string
      url: string
      headers: Record<string, string>
    }
    const before = await account.post('/v1/edits', await editBody({ image: { upload: upload.id } }))
    expect(await before.json()).toMatchObject({ code: 'image_missing' })
    const put = (body: Uint8Array) =>
      call(upload.url.replace('https://api.example.com', ''), {
        method: 'PUT',
        body: body as Uint8Array<ArrayBuffer>,
        headers: { ...upload.headers, 'content-length': String(body.length) },
      })
    expect((await put(photo.subarray(1))).status).toBe(403)
    expect((await put(photo)).status).toBe(201)
    const { id } = await create(account, { image: { upload: upload.id } })
    const { request } = await worker.run(id)
    const fetched = await call(request.image.url.replace('https://api.example.com', ''))
    expect(dataUrl(new Uint8Array(await fetched.arrayBuffer()))).toBe(dataUrl(photo))
    // Another account's upload is nobody's.
    const other = await Account.open()
    const stolen = await other.post('/v1/edits', await editBody({ image: { upload: upload.id } }))
    expect([stolen.status, await stolen.json()]).toMatchObject([404, { code: 'not_found' }])
  })

  test('the result of an earlier edit', async () => {
    const worker = new FakeWorker()
    const first = await create(account)
    const early = await account.post('/v1/edits', await editBody({ image: { edit: first.id } }))
    expect(await early.json()).toMatchObject({ code: 'image_missing' })
    const bytes = await finish(await worker.run(first.id))
    await until(async () => (await look(account, first.id)).status === 'succeeded')
    const { id } = await create(account, { image: { edit: first.id } })
    const { request } = await worker.run(id)
    const fetched = await call(request.image.url.replace('https://api.example.com', ''))
    expect(new Uint8Array(await fetched.arrayBuffer())).toEqual(bytes)
  })
})

test("requests with malformed, forged or other accounts' ids create no Durable Object", async () => {
  new FakeWorker()
  const { id } = await create(account)
  const other = await Account.open()
  await other.get('/v1/usage')
  const all = async () =>
    (await listDurableObjectIds(bindings.EDITS)).length +
    (await listDurableObjectIds(bindings.ACCOUNTS)).length +
    (await listDurableObjectIds(bindings.DIRECTORY)).length
  await until(async () => (await look(account, id)).status !== 'queued')
  const before = await all()
  for (const path of [id, `edit_${'0'.repeat(48)}`, 'x', '..%2f..', `${id}0`])
    for (const [method, rest] of [
      ['GET', ''],
      ['GET', '/result'],
      ['GET', '/events'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const) {
      const answer = await call(`/v1/edits/${path}${rest}`, { method, headers: other.headers })
      expect([answer.status, path, rest]).toEqual([404, path, rest])
    }
  const forged = account.live.replace(/.{4}$/, '0000')
  const headers = { authorization: `Bearer ${forged}` }
  expect((await call(`/v1/edits/${id}`, { headers })).status).toBe(401)
  expect(await all()).toBe(before)
})
