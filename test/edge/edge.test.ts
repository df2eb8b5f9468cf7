import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { dataUrl, greyPng, rectangleMask } from '../fixtures/png.ts'
import { Account, bindings, call, json, world } from './app.ts'

let account: Account
const post = (path: string, body: unknown) => account.post(path, body)
let image: string
let mask: string
let photo: Uint8Array
const drags = [{ handle: { x: 64, y: 64 }, target: { x: 160, y: 80 } }]
beforeAll(async () => {
  account = await Account.open()
  photo = await greyPng(256, 192, (x, y) => (x * y) & 255)
  image = dataUrl(photo)
  mask = dataUrl(await rectangleMask(256, 192, 40, 40, 88, 88))
})
afterEach(() => vi.unstubAllGlobals())

const stored = async () => (await bindings.BUCKET.list()).objects.length

describe('what needs no key', () => {
  test('health and contract', async () => {
    const health = await call('/healthz')
    expect([health.status, await health.json()]).toEqual([200, { status: 'ok' }])
    const contract = await json(await call('/openapi.json'))
    expect(contract).toMatchObject({
      openapi: '3.1.0',
      servers: [{ url: 'https://api.example.com' }],
    })
  })

  test('a forged Host header appears in no response', async () => {
    const contract = await call('/openapi.json', { headers: { host: 'evil.example' } })
    expect(await contract.text()).not.toContain('evil')
  })
})

describe('plan', () => {
  test('gives the integers', async () => {
    const answer = await post('/v1/plan', {
      image: { width: 256, height: 192 },
      drags,
      mask,
      model: 'embedded-fast',
    })
    expect(answer.status).toBe(200)
    // Tokens of 16 pixels. The mask spans 40 to 88: two tokens whole, and half of one on each side;
    // the corners are covered by a quarter only.
    const plan = await json(answer)
    expect(plan).toMatchObject({
      workingSize: { width: 256, height: 192 },
      grid: { rows: 12, cols: 16 },
    })
    expect(plan.sourceMask).toEqual([35, 36, 50, 51, 52, 53, 66, 67, 68, 69, 83, 84])
    expect(plan.sources).toEqual(plan.sourceMask)
    expect(plan.targets).toEqual((plan.sourceMask as number[]).map((index) => index + 22))
  })

  test('makes a mask where there is none', async () => {
    const answer = await post('/v1/plan', {
      image: { width: 512, height: 512 },
      drags,
      model: 'embedded',
    })
    // A disc of radius 51.2 pixels on tokens of 8.
    const { sourceMask } = await json(answer)
    expect(Math.abs((sourceMask as number[]).length - (Math.PI * 51.2 ** 2) / 64)).toBeLessThan(8)
  })
})

/** Every rejection that a body alone brings about, at both doors where both take it. */
describe('rejected bodies: nothing is stored and no other server is called', () => {
  const base = () => ({ image, mask, drags, model: 'embedded-fast' })
  const black = async () => dataUrl(await greyPng(256, 192, () => 127))
  const cases: [string, number, () => unknown][] = [
    ['invalid_request', 400, () => 'text'],
    ['invalid_request', 400, () => [1]],
    ['invalid_request', 400, () => ({ ...base(), unknown: 1 })],
    ['invalid_request', 400, () => ({ ...base(), steps: 'two' })],
    ['invalid_request', 400, () => ({ ...base(), image: 7 })],
    ['invalid_request', 400, () => ({ ...base(), mask: 7 })],
    ['invalid_request', 400, () => ({ ...base(), image: 'data:image/png;base64,***' })],
    ['image_missing', 422, () => ({ ...base(), image: undefined })],
    ['image_missing', 422, () => ({ ...base(), image: '' })],
    ['image_missing', 422, () => ({ ...base(), image: 'data:image/png;base64,' })],
    [
      'image_unreadable',
      422,
      () => ({ ...base(), image: dataUrl(new TextEncoder().encode('GIF89a not a photo')) }),
    ],
    [
      'image_format_unsupported',
      415,
      () => ({ ...base(), image: dataUrl(new TextEncoder().encode('\0\0\0\x18ftypheic0000')) }),
    ],
    [
      'image_too_small',
      422,
      async () => ({ ...base(), image: dataUrl(await greyPng(63, 80, () => 9)) }),
    ],
    [
      'image_too_large',
      413,
      async () => {
        const huge = await greyPng(64, 64, () => 9)
        new DataView(huge.buffer).setUint32(16, 700_000)
        return { ...base(), image: dataUrl(huge) }
      },
    ],
    [
      'image_animated',
      422,
      async () => {
        const still = await greyPng(64, 64, () => 9)
        const animation = [0, 0, 0, 8, 97, 99, 84, 76, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]
        return {
          ...base(),
          image: dataUrl(
            Uint8Array.from([...still.subarray(0, 33), ...animation, ...still.subarray(33)]),
          ),
        }
      },
    ],
    ['image_unreachable', 422, () => ({ ...base(), image: 'http://example.com/a.png' })],
    ['image_unreachable', 422, () => ({ ...base(), image: 'https://127.0.0.1/a.png' })],
    ['mask_unreadable', 422, () => ({ ...base(), mask: 'hello' })],
    ['mask_unreadable', 422, () => ({ ...base(), mask: dataUrl(photo.subarray(0, 60)) })],
    [
      'mask_too_large',
      422,
      async () => {
        const large = await greyPng(64, 48, () => 255)
        const view = new DataView(large.buffer)
        view.setUint32(16, 2400)
        view.setUint32(20, 1800)
        const { crc32 } = await import('../../shared/files/png.ts')
        view.setUint32(29, crc32(large.subarray(12, 29)))
        return { ...base(), mask: dataUrl(large) }
      },
    ],
    [
      'mask_size_mismatch',
      422,
      async () => ({ ...base(), mask: dataUrl(await rectangleMask(192, 192, 40, 40, 88, 88)) }),
    ],
    ['mask_empty', 422, async () => ({ ...base(), mask: await black() })],
    ['no_drags', 422, () => ({ ...base(), drags: [] })],
    ['too_many_drags', 422, () => ({ ...base(), drags: new Array(65).fill(drags[0]) })],
    [
      'handle_outside_image',
      422,
      () => ({ ...base(), drags: [{ handle: { x: 257, y: 5 }, target: { x: 5, y: 5 } }] }),
    ],
    [
      'target_outside_image',
      422,
      () => ({ ...base(), drags: [{ handle: { x: 64, y: 64 }, target: { x: 5, y: -5 } }] }),
    ],
    [
      'handle_outside_mask',
      422,
      () => ({ ...base(), drags: [{ handle: { x: 200, y: 150 }, target: { x: 5, y: 5 } }] }),
    ],
    [
      'nothing_moves',
      422,
      () => ({ ...base(), drags: [{ handle: { x: 64, y: 64 }, target: { x: 64, y: 64 } }] }),
    ],
    [
      'nothing_lands',
      422,
      async () => ({
        ...base(),
        mask: dataUrl(await rectangleMask(256, 192, 0, 0, 16, 16)),
        drags: [{ handle: { x: 15.9, y: 15.9 }, target: { x: 0, y: 0 } }],
      }),
    ],
    ['unknown_model', 422, () => ({ ...base(), model: 'flux9' })],
    ['model_unavailable', 503, () => ({ ...base(), model: 'flux1-kontext-dev' })],
    ['invalid_option', 422, () => ({ ...base(), steps: 51 })],
    ['invalid_option', 422, () => ({ ...base(), power: 99 })],
    ['prompt_too_long', 422, () => ({ ...base(), prompt: 'a'.repeat(10_001) })],
  ]
  test.each(cases)('%s', async (code, status, make) => {
    const outgoing = world(() => new Response('nobody should ask', { status: 500 }))
    const before = await stored()
    const answer = await post('/v1/edits', await make())
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ])
    expect(await answer.json()).toMatchObject({ code, status, requestId: expect.any(String) })
    if (status === 503) expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(await stored()).toBe(before)
    expect(outgoing).toEqual([])
  })

  test.each([
    'no_drags',
    'too_many_drags',
    'handle_outside_image',
    'target_outside_image',
    'handle_outside_mask',
    'nothing_moves',
    'nothing_lands',
    'mask_empty',
    'mask_size_mismatch',
    'mask_unreadable',
    'mask_too_large',
    'unknown_model',
  ])('%s, at the door of the plan', async (code) => {
    for (const [, status, make] of cases.filter(([name]) => name === code)) {
      const { image: _, ...body } = (await make()) as Record<string, unknown>
      const answer = await post('/v1/plan', { ...body, image: { width: 256, height: 192 } })
      expect([answer.status, await answer.json()]).toMatchObject([status, { code }])
    }
  })

  test('a photo with a valid header is not decoded at the edge: the worker detects missing pixels', async () => {
    world(() => new Response(null, { status: 202 }))
    const answer = await post('/v1/edits', { ...base(), image: dataUrl(photo.subarray(0, 64)) })
    expect(answer.status).toBe(202)
  })

  test('bodies that are too long, with or without Content-Length, and content types other than JSON and multipart', async () => {
    const long = JSON.stringify({ ...base(), prompt: 'x'.repeat(6_000_000) })
    const declared = await call('/v1/edits', {
      method: 'POST',
      body: long,
      headers: { ...account.headers, 'content-type': 'application/json' },
    })
    expect([declared.status, await declared.json()]).toMatchObject([
      413,
      { code: 'image_too_large', detail: expect.stringContaining('/v1/uploads') },
    ])
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
    })
    const streamed = await call('/v1/edits', {
      method: 'POST',
      body: endless,
      headers: { ...account.headers, 'content-type': 'application/json' },
    })
    expect(streamed.status).toBe(413)
    const text = await call('/v1/edits', {
      method: 'POST',
      body: 'x',
      headers: { ...account.headers, 'content-type': 'text/plain' },
    })
    expect([text.status, await text.json()]).toMatchObject([400, { code: 'invalid_request' }])
    const broken = await call('/v1/edits', {
      method: 'POST',
      body: '{"a":',
      headers: { ...account.headers, 'content-type': 'application/json' },
    })
    expect([broken.status, await broken.json()]).toMatchObject([400, { code: 'invalid_request' }])
  })
})

describe('multipart', () => {
  const form = async (change: Record<string, string | Blob> = {}) => {
    const fields = {
      image: new Blob([photo as Uint8Array<ArrayBuffer>], { type: 'image/png' }),
      mask: new Blob([(await rectangleMask(256, 192, 40, 40, 88, 88)) as Uint8Array<ArrayBuffer>]),
      drags: JSON.stringify(drags),
      model: 'embedded-fast',
      steps: '3',
      prompt: '123',
      ...change,
    }
    const data = new FormData()
    for (const [name, value] of Object.entries(fields)) data.append(name, value)
    return call('/v1/edits', { method: 'POST', body: data, headers: account.headers })
  }

  test('accepts files, plain text and JSON', async () => {
    world(() => new Response(null, { status: 202 }))
    const answer = await form()
    expect([answer.status, await answer.json()]).toMatchObject([
      202,
      { progress: { steps: 3 }, plan: { sourceMask: 12 } },
    ])
  })

  test.each([
    [{ steps: 'many' }, 'invalid_request', '/steps'],
    [{ drags: '[' }, 'invalid_request', '/drags'],
    [{ unknown: '1' }, 'invalid_request', '/unknown'],
    [{ image: '' }, 'image_missing', '/image'],
    [{ image: new Blob([]) }, 'image_missing', '/image'],
    [{ steps: new Blob(['two']) }, 'invalid_request', '/steps'],
  ])('refuses %j', async (change, code, pointer) => {
    const answer = await form(change as Record<string, string | Blob>)
    expect(await answer.json()).toMatchObject({ code, pointer })
  })

  test('rejects a repeated field, and a body that is not a form', async () => {
    const twice = new FormData()
    twice.append('steps', '1')
    twice.append('steps', '2')
    expect(
      await (
        await call('/v1/edits', { method: 'POST', body: twice, headers: account.headers })
      ).json(),
    ).toMatchObject({
      code: 'invalid_request',
      pointer: '/steps',
    })
    const none = await call('/v1/edits', {
      method: 'POST',
      body: 'x',
      headers: { ...account.headers, 'content-type': 'multipart/form-data; boundary=b' },
    })
    expect([none.status, await none.json()]).toMatchObject([400, { code: 'invalid_request' }])
  })
})

test('an unknown route is 404', async () => {
  expect((await call('/v2/edits')).status).toBe(404)
})
