/** Masks by way of a worker, which the test plays. */

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { MaskJob } from '../../../shared/mask-request.ts'
import { dataUrl, greyPng, rectangleMask } from '../../fixtures/png.ts'
import { Account, call, json, settings, world } from '../app.ts'
import { pathOf } from '../fake-worker.ts'

const answer = {
  width: 128,
  height: 96,
  mask: 'data:image/png;base64,AA==',
  score: 0.9,
  rle: { size: [96, 128], counts: [96 * 128] },
}
const point = { x: 40, y: 40 }
let account: Account
let upload: string

beforeEach(async () => {
  account = await Account.open()
  const photo = await greyPng(128, 96, (x) => x)
  const asked = await json(
    await account.post('/v1/uploads', { contentType: 'image/png', bytes: photo.length }),
  )
  upload = String(asked.id)
  const sent = await call(pathOf(String(asked.url)), {
    method: 'PUT',
    body: photo as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': 'image/png', 'content-length': String(photo.length) },
  })
  expect(sent.status).toBe(201)
})
afterEach(() => vi.unstubAllGlobals())

/** A worker that answers; its requests and the jobs in them. */
function answering(reply: object) {
  const jobs: MaskJob[] = []
  const requests = world(async (request) => {
    jobs.push((await request.json()) as MaskJob)
    return Response.json(reply)
  })
  return { jobs, requests }
}

const ask = (body: object) => account.post('/v1/masks', { image: { upload }, ...body })

describe('a mask', () => {
  test('is requested from a worker with SAM, with a signed URL and no key', async () => {
    const { jobs, requests } = answering(answer)
    const found = await ask({ points: [point, { x: 5, y: 5, on: false }] })
    expect([found.status, await found.json()]).toEqual([200, answer])
    const [request] = requests as [Request]
    expect(request.url).toMatch(/^https:\/\/worker\.example\.com\/v1\/masks\/[\w-]+$/)
    expect(request.headers.get('run-signature')).toMatch(/^v1;\d+;[\w-]{86}$/)
    expect(request.headers.get('authorization')).toBeNull()
    const [job] = jobs as [MaskJob]
    expect(job).toMatchObject({
      points: [
        { ...point, on: true },
        { x: 5, y: 5, on: false },
      ],
      box: null,
      mask: null,
    })
    expect((await call(pathOf(job.image))).status).toBe(200)
  })

  test('may be a rough mask, which is checked before it is passed on', async () => {
    const { jobs } = answering({ ...answer, score: null })
    const rough = await rectangleMask(128, 96, 16, 16, 64, 64)
    expect((await ask({ mask: dataUrl(rough) })).status).toBe(200)
    expect(atob(jobs[0]?.mask ?? '').length).toBe(rough.length)
    const broken = await ask({ mask: 'data:image/png;base64,AAAA' })
    expect([broken.status, await broken.json()]).toMatchObject([422, { code: 'mask_unreadable' }])
    expect(jobs).toHaveLength(1)
  })

  test.each([
    [{}, 422, 'invalid_option'],
    [{ points: [{ ...point, on: false }] }, 422, 'invalid_option'],
    [{ points: [point], mask: 'data:image/png;base64,AA==' }, 422, 'invalid_option'],
    [{ points: [{ x: 'a', y: 1 }] }, 400, 'invalid_request'],
    [{ points: [point], other: 1 }, 400, 'invalid_request'],
    [{ image: { upload: `upl_${'0'.repeat(32)}` }, points: [point] }, 404, 'not_found'],
    [{ image: 'https://example.com/a.png', points: [point] }, 400, 'invalid_request'],
  ])('%j is refused', async (body, status, code) => {
    const seen = world(() => Response.json(answer))
    const refused = await ask(body)
    expect([refused.status, await refused.json()]).toMatchObject([status, { code }])
    expect(seen).toEqual([])
  })

  test("of another account's photo is not found", async () => {
    world(() => Response.json(answer))
    const other = await Account.open()
    const refused = await other.post('/v1/masks', { image: { upload }, points: [point] })
    expect(refused.status).toBe(404)
  })

  test('of an upload that has not been sent yet is rejected', async () => {
    const asked = await json(
      await account.post('/v1/uploads', { contentType: 'image/png', bytes: 10 }),
    )
    const refused = await ask({ image: { upload: String(asked.id) }, points: [point] })
    expect([refused.status, await refused.json()]).toMatchObject([422, { code: 'image_missing' }])
  })
})

describe('a worker that', () => {
  test.each([
    [
      'is busy',
      () => new Response(null, { status: 409, headers: { 'retry-after': '3' } }),
      503,
      'model_unavailable',
    ],
    [
      'has no segmenter',
      () => Response.json({ code: 'model_unavailable' }, { status: 503 }),
      503,
      'model_unavailable',
    ],
    [
      'cannot be reached',
      () => Promise.reject(new TypeError('rejected')),
      503,
      'model_unavailable',
    ],
    [
      'rejects a point',
      () =>
        Response.json(
          { code: 'invalid_option', detail: 'no', pointer: '/points/0' },
          { status: 422 },
        ),
      422,
      'invalid_option',
    ],
    ['fails', () => Response.json({ code: 'internal' }, { status: 500 }), 500, 'worker_failed'],
    ['returns something that is not JSON', () => new Response('<html>'), 500, 'worker_failed'],
  ])('%s', async (_, reply, status, code) => {
    world(reply)
    const refused = await ask({ points: [point] })
    expect([refused.status, await refused.json()]).toMatchObject([status, { code }])
  })

  test('does not exist: no provider finds masks', async () => {
    const asked = world(() => Response.json(answer))
    const { PROVIDERS } = settings()
    onTestFinished(() => void Object.assign(settings(), { PROVIDERS }))
    Object.assign(settings(), { PROVIDERS: PROVIDERS.map((one) => ({ ...one, masks: false })) })
    const refused = await ask({ points: [point] })
    expect(asked).toEqual([])
    expect([refused.status, await refused.json()]).toMatchObject([
      503,
      { code: 'model_unavailable' },
    ])
  })
})
