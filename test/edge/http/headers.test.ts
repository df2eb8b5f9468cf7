/** Headers in all the forms that RFC 9110 and RFC 7240 allow. */

import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { isKnown, preferredWait } from '../../../edge/http/headers.ts'
import { greyPng } from '../../fixtures/png.ts'
import { Account, call, json, operator, post } from '../app.ts'
import { create, ended, FakeWorker, finish, look, pathOf } from '../fake-worker.ts'

let account: Account
beforeAll(async () => {
  account = await Account.open()
})
afterEach(() => vi.unstubAllGlobals())

test.each([
  ['W/"a"', true],
  ['"a"', true],
  ['"x", W/"a"', true],
  ['"x",W/"a" , "y"', true],
  [' * ', true],
  ['"x"', false],
  ['a', false],
  ['', false],
  [undefined, false],
])('If-None-Match: %s', (header, known) => {
  expect(isKnown(header, 'W/"a"')).toBe(known)
})

test.each([
  ['wait=5', 5000],
  ['WAIT=5', 5000],
  ['wait="5"', 5000],
  ['respond-async, Wait = 5', 5000],
  ['wait=5; x=y', 5000],
  ['wait', 60_000],
  ['wait=600', 60_000],
  ['waiting=5', 0],
  [undefined, 0],
])('Prefer: %s', (header, milliseconds) => {
  expect(preferredWait(header)).toBe(milliseconds)
})

test.each(['bearer', 'BEARER', 'Bearer ', 'Bearer'])('the scheme %s', async (scheme) => {
  const as = (key: string) => ({ headers: { authorization: `${scheme} ${key}` } })
  expect((await call('/v1/edits', as(account.live))).status).toBe(200)
  const token = operator.authorization?.replace('Bearer ', '') ?? ''
  expect((await call('/admin/accounts', as(token))).status).toBe(200)
  expect((await call('/v1/edits', as('x'))).status).toBe(401)
  expect((await call('/v1/edits', { headers: { authorization: account.live } })).status).toBe(401)
})

describe('an upload', () => {
  test.each(['image/png', 'Image/PNG', 'image/png; charset=binary'])('as %s', async (type) => {
    const photo = (await greyPng(64, 64, () => 9)) as Uint8Array<ArrayBuffer>
    const wanted = { contentType: type, bytes: photo.length }
    const upload = await json(await post('/v1/uploads', wanted, account.headers))
    expect(upload.headers).toEqual({ 'content-type': 'image/png' })
    const path = pathOf(String(upload.url))
    const send = (contentType: string) => {
      const headers = { 'content-type': contentType, 'content-length': String(photo.length) }
      return call(path, { method: 'PUT', body: photo, headers })
    }
    expect((await send('image/jpeg')).status).toBe(403)
    expect((await send(type)).status).toBe(201)
  })

  test('as image/jpg, as which browsers and apps know a JPEG', async () => {
    const upload = await json(
      await post('/v1/uploads', { contentType: 'image/jpg', bytes: 9 }, account.headers),
    )
    expect(upload.headers).toEqual({ 'content-type': 'image/jpeg' })
    const gif = await post('/v1/uploads', { contentType: 'image/gif', bytes: 9 }, account.headers)
    expect([gif.status, await gif.json()]).toMatchObject([422, { pointer: '/contentType' }])
  })
})

test('edit, result and signed URL are not sent again to who has them', async () => {
  const worker = new FakeWorker()
  const { id } = await create(account)
  await finish(await worker.run(id))
  await ended(account, id)
  const signed = pathOf((await look(account, id)).result?.url ?? '')
  for (const path of [`/v1/edits/${id}`, `/v1/edits/${id}/result`, signed]) {
    const first = await account.get(path)
    await first.body?.cancel()
    const etag = first.headers.get('etag') ?? ''
    for (const header of [etag, `"x", ${etag}`, '*']) {
      const again = await account.get(path, { 'if-none-match': header })
      expect([path, again.status, await again.text(), again.headers.get('etag')]).toEqual([
        path,
        304,
        '',
        etag,
      ])
    }
    const other = await account.get(path, { 'if-none-match': '"x"' })
    expect(other.status).toBe(200)
    await other.body?.cancel()
  }
})
