/** How long an edit is kept, and the URL of its result, over HTTP. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { EditObject } from '../../../../edge/objects/edit/edit.ts'
import { editObject } from '../../../../edge/objects/names.ts'
import { Account, bindings, call, json, resetProviders, until } from '../../app.ts'
import { create, ended, FakeWorker, finish, pathOf } from '../../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  vi.useRealTimers()
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const HOUR = 3600_000

type Kept = {
  readonly id: string
  readonly endedAt: string
  readonly retention?: string
  readonly keptUntil?: string
  readonly result: { readonly url: string; readonly expiresAt: string }
}

async function succeeded(fields: object): Promise<Kept> {
  const worker = new FakeWorker()
  const { id } = await create(account, { ...fields })
  await finish(await worker.run(id))
  await ended(account, id)
  await until(async () => (await account.money()).held === 0)
  return look(id)
}

const look = async (id: string, query = '') =>
  (await json(await account.get(`/v1/edits/${id}${query}`))) as unknown as Kept
const stored = async () =>
  (await bindings.BUCKET.list({ prefix: `acct/${account.id}/` })).objects.map(({ key }) => key)
/** The edit's alarm fires at another time. */
async function later(id: string, at: number): Promise<void> {
  vi.setSystemTime(at)
  await runInDurableObject(editObject(bindings, 'auto', account.id, id), (object) =>
    (object as EditObject).alarm(),
  )
}

test('retention is said of the edit, with the time when it goes; then it is gone', async () => {
  const { id, endedAt, retention, keptUntil, result } = await succeeded({ retention: '2h' })
  expect(retention).toBe('2h')
  expect(Date.parse(keptUntil ?? '') - Date.parse(endedAt)).toBe(2 * HOUR)
  expect(await stored()).toHaveLength(2)
  await later(id, Date.parse(endedAt) + 2 * HOUR + 1000)
  expect((await account.get(`/v1/edits/${id}`)).status).toBe(410)
  expect((await account.get(`/v1/edits/${id}/result`)).status).toBe(410)
  expect(await stored()).toEqual([])
  expect((await call(pathOf(result.url))).status).not.toBe(200)
})

test('without one, nothing is said and the edit stays', async () => {
  const { id, retention, keptUntil, endedAt } = await succeeded({})
  expect([retention, keptUntil]).toEqual([undefined, undefined])
  await later(id, Date.parse(endedAt) + 24 * HOUR)
  expect((await account.get(`/v1/edits/${id}`)).status).toBe(200)
})

describe('none', () => {
  test('a result that was sent in full brings the end near; one that broke off does not', async () => {
    const { id, keptUntil, endedAt } = await succeeded({ retention: 'none' })
    expect(Date.parse(keptUntil ?? '') - Date.parse(endedAt)).toBe(HOUR)
    const broken = await account.get(`/v1/edits/${id}/result`)
    await broken.body?.cancel()
    const known = await account.get(`/v1/edits/${id}/result`, {
      'if-none-match': broken.headers.get('etag') ?? '',
    })
    expect(known.status).toBe(304)
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await look(id)).keptUntil).toBe(keptUntil)

    const whole = await account.get(`/v1/edits/${id}/result`)
    const bytes = new Uint8Array(await whole.arrayBuffer())
    expect(whole.headers.get('content-length')).toBe(String(bytes.length))
    expect([...bytes.subarray(1, 4)]).toEqual([...'PNG'].map((letter) => letter.charCodeAt(0)))
    await until(async () => Date.parse((await look(id)).keptUntil ?? '') < Date.now() + 61_000)
    await later(id, Date.now() + 62_000)
    expect((await account.get(`/v1/edits/${id}`)).status).toBe(410)
    expect(await stored()).toEqual([])
  })
})

describe('the URL of a result, with urlLifetime', () => {
  test('is valid for an hour, or as long as asked for, but never longer than the edit is kept', async () => {
    const plain = await succeeded({})
    const lives = async (id: string, query: string) => {
      const { result } = await look(id, query)
      return Math.round((Date.parse(result.expiresAt) - Date.now()) / 60_000)
    }
    expect(await lives(plain.id, '')).toBe(60)
    expect(await lives(plain.id, '?urlLifetime=36h')).toBe(36 * 60)
    expect(await lives(plain.id, '?urlLifetime=7d')).toBe(7 * 24 * 60)
    const { url } = (await look(plain.id, '?urlLifetime=3d')).result
    vi.setSystemTime(Date.now() + 70 * HOUR)
    expect((await call(pathOf(url))).status).toBe(200)
    vi.setSystemTime(Date.now() + 3 * HOUR)
    expect((await call(pathOf(url))).status).not.toBe(200)
    vi.useRealTimers()

    const short = await succeeded({ retention: '2h' })
    expect(await lives(short.id, '?urlLifetime=3d')).toBe(120)
    expect((await look(short.id, '?urlLifetime=3d')).result.expiresAt).toBe(short.keptUntil)
  })

  test.each(['8d', '169h', '0h', 'soon', '1w'])('cannot be %s', async (lifetime) => {
    const answer = await account.get(`/v1/edits/edit_${'0'.repeat(48)}?urlLifetime=${lifetime}`)
    expect([answer.status, await answer.json()]).toMatchObject([
      422,
      { code: 'invalid_option', pointer: '/urlLifetime' },
    ])
  })
})
