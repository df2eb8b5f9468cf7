/** Bodies and answers that are made to hurt: endless, slow, mislabelled, in a million pieces. */

import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { app } from '../../edge/app.ts'
import { greyPng } from '../fixtures/png.ts'
import { Account, bindings, call, json, resetProviders, settings } from './app.ts'
import { editBody, FakeWorker, look, pathOf } from './fake-worker.ts'

let account: Account
let worker: FakeWorker
beforeAll(async () => {
  account = await Account.open()
})
beforeEach(async () => {
  await resetProviders()
  worker = new FakeWorker()
})
afterEach(() => {
  vi.unstubAllGlobals()
  Object.assign(settings(), { BODY_IDLE_SECONDS: 30 })
})

const stored = async () => (await bindings.BUCKET.list()).objects.length

describe('an image URL whose response', () => {
  const endless = () => {
    const chunk = new Uint8Array(1_000_000)
    return new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(chunk) })
  }
  const cases: [what: string, code: string, answer: () => Response | Promise<Response>][] = [
    [
      'never ends',
      'image_too_large',
      () => new Response(endless(), { headers: { 'content-type': 'image/png' } }),
    ],
    [
      'is HTML with an image content type',
      'image_unreadable',
      () => new Response('<html></html>', { headers: { 'content-type': 'image/png' } }),
    ],
    [
      'is an image with an HTML content type',
      'image_unreachable',
      async () =>
        new Response((await greyPng(8, 8, () => 1)) as Uint8Array<ArrayBuffer>, {
          headers: { 'content-type': 'text/html' },
        }),
    ],
    [
      'redirects to this service',
      'image_unreachable',
      () => Response.redirect('https://api.example.com/v1/account', 302),
    ],
  ]
  test.each(cases)('%s is rejected, and nothing is stored or held', async (_, code, answer) => {
    worker.others = answer
    const before = await stored()
    const refused = await account.post(
      '/v1/edits',
      await editBody({ image: 'https://pictures.example.org/a.png' }),
    )
    const problem = (await refused.json()) as { code: string }
    expect(problem).toMatchObject({ code })
    expect(refused.status).toBeGreaterThanOrEqual(400)
    expect(refused.status).toBeLessThan(500)
    expect(await stored()).toBe(before)
    expect((await account.money()).held).toBe(0)
  })
})

describe('a body', () => {
  const send = (body: BodyInit, type: string, headers = account.headers) =>
    call('/v1/edits', { method: 'POST', body, headers: { ...headers, 'content-type': type } })

  test('that stalls is rejected', async () => {
    Object.assign(settings(), { BODY_IDLE_SECONDS: 0.2 })
    const stalling = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('{"image": "')),
    })
    const refused = await send(stalling, 'application/json')
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: 'no data arrived in the request body for 0.2 s' },
    ])
  })

  test('that is slow but keeps arriving is read', async () => {
    Object.assign(settings(), { BODY_IDLE_SECONDS: 0.4 })
    const text = new TextEncoder().encode(JSON.stringify(await editBody()))
    const parts = [0, 1, 2, 3].map((i) =>
      text.slice((i * text.length) / 4, ((i + 1) * text.length) / 4),
    )
    const slow = new ReadableStream<Uint8Array>({
      async pull(controller) {
        await new Promise((resolve) => setTimeout(resolve, 150))
        const part = parts.shift()
        if (part === undefined) controller.close()
        else controller.enqueue(part)
      },
    })
    expect((await send(slow, 'application/json')).status).toBe(202)
  })

  test('with a hundred thousand parts is rejected: 200 are the most', async () => {
    const part = '--b\r\ncontent-disposition: form-data; name="x"\r\n\r\n1\r\n'
    const refused = await send(
      `${part.repeat(100_000)}--b--\r\n`,
      'multipart/form-data; boundary=b',
    )
    expect([refused.status, await refused.json()]).toMatchObject([
      400,
      { code: 'invalid_request', detail: expect.stringContaining('200 parts') },
    ])
  })

  test('with a form inside a form part, or JSON nested ten thousand deep, is rejected', async () => {
    const nested = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`
    const refused = await send(nested, 'application/json')
    expect([refused.status, await refused.json()]).toMatchObject([400, { code: 'invalid_request' }])
    const inner = '--i\r\ncontent-disposition: form-data; name="image"\r\n\r\nx\r\n--i--\r\n'
    const outer = `--o\r\ncontent-disposition: form-data; name="image"\r\ncontent-type: multipart/form-data; boundary=i\r\n\r\n${inner}\r\n--o--\r\n`
    const other = await send(outer, 'multipart/form-data; boundary=o')
    expect(other.status).toBeGreaterThanOrEqual(400)
    expect(other.status).toBeLessThan(500)
  })

  test('with a forged key is not read', async () => {
    let pulled = 0
    const body = new ReadableStream<Uint8Array>(
      {
        pull: (controller) => {
          pulled++
          controller.enqueue(new Uint8Array(1000))
        },
      },
      { highWaterMark: 0 },
    )
    const refused = await send(body, 'application/json', {
      authorization: 'Bearer cd_live_auto_forged',
    } as typeof account.headers)
    expect(refused.status).toBe(401)
    expect(pulled).toBeLessThan(5)
  })
})

test('reads over the rate limit get 429 with Retry-After', async () => {
  const { id } = (await (await account.post('/v1/edits', await editBody())).json()) as {
    id: string
  }
  expect((await look(account, id)).id).toBe(id)
  const counted: string[] = []
  const READS = {
    limit: async ({ key }: { key: string }) => {
      counted.push(key)
      return { success: counted.length <= 2 }
    },
  }
  const read = (key: string) =>
    app.request(
      `/v1/edits/${id}`,
      { headers: { authorization: `Bearer ${key}` } },
      { ...bindings, READS },
    )
  expect((await read(account.live)).status).toBe(200)
  expect((await read(account.live)).status).toBe(200)
  const rejected = await read(account.live)
  expect(rejected.status).toBe(429)
  expect(rejected.headers.get('retry-after')).toBe('10')
  expect(await rejected.json()).toMatchObject({ code: 'rate_limited' })
  // Each key is counted by itself.
  await read(account.test)
  expect(new Set(counted.slice(0, 3)).size).toBe(1)
  expect(counted[3]).not.toBe(counted[0])
})

test('an upload that breaks off is the sender’s mistake, and nothing is stored; a bucket that fails is not', async () => {
  const upload = await json(
    await account.post('/v1/uploads', { contentType: 'image/png', bytes: 1000 }),
  )
  const before = await stored()
  const put = (body: ReadableStream<Uint8Array> | Uint8Array<ArrayBuffer>) =>
    call(pathOf(String(upload.url)), {
      method: 'PUT',
      headers: { 'content-type': 'image/png', 'content-length': '1000' },
      body,
    })
  const parts = [new Uint8Array(10)]
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      const part = parts.pop()
      if (part === undefined) controller.error(new Error('Network connection lost.'))
      else controller.enqueue(part)
    },
  })
  const answer = await put(broken)
  expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'invalid_request' }])
  expect(await stored()).toBe(before)
  const failing = vi.spyOn(bindings.BUCKET, 'put').mockRejectedValue(new Error('no bucket'))
  expect((await put(new Uint8Array(1000))).status).toBe(500)
  failing.mockRestore()
})
