/** Old edits move into the bucket, and stay what they are: listed, readable, deletable. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mintEditId } from '../../../../../edge/access/keys.ts'
import type { AccountObject } from '../../../../../edge/objects/account/account.ts'
import { accountObject } from '../../../../../edge/objects/names.ts'
import { Account, bindings, json, settings } from '../../../app.ts'
import { create, FakeWorker, type View } from '../../../fake-worker.ts'

const OLD = Date.now() - 91 * 86_400_000
const COUNT = 1200

let account: Account
let ids: string[]
beforeEach(async () => {
  account = await Account.open()
  new FakeWorker()
  const { id } = await create(account, { metadata: { n: 'new' } })
  await account.post(`/v1/edits/${id}/cancel`, {})
  const place = { account: account.id, region: 'auto' } as const
  ids = await Promise.all(
    Array.from({ length: COUNT }, (_, n) =>
      mintEditId(place, String(n).padStart(32, '0'), settings().KEY_PEPPERS),
    ),
  )
  await runInDurableObject(ownObject(), (_, { storage: { sql } }) => {
    const final = {
      status: 'failed',
      settlement: 'release',
      result: null,
      problem: { type: 'u', title: 't', status: 422, code: 'nothing_lands', detail: 'a secret' },
      timings: null,
      attempts: 1,
      endedAt: OLD,
    }
    for (const [n, one] of ids.entries())
      sql.exec(
        `INSERT INTO edit (id, key, client, price, summary, metadata, final, createdAt, checkAt, settledAt)
          SELECT ?1, key, client, price, json_set(summary, '$.metadata', json(?2)), ?2, ?3, ?4, 0, 1
          FROM edit WHERE id = ?5`,
        one,
        JSON.stringify({ n: String(n) }),
        JSON.stringify(final),
        OLD + n,
        id,
      )
  })
})

afterEach(() => vi.unstubAllGlobals())

const ownObject = () => accountObject(bindings, 'auto', account.id)
const alarm = () => runInDurableObject(ownObject(), (object) => (object as AccountObject).alarm())
const rowsLeft = () =>
  runInDurableObject(ownObject(), (_, { storage }) =>
    Number(storage.sql.exec('SELECT COUNT(*) AS count FROM edit').one().count),
  )
const page = async (query: string) => {
  const response = await account.get(`/v1/edits?${query}`)
  const answer = await json(response)
  expect([response.status, answer.detail]).toEqual([200, undefined])
  return { edits: answer.edits as View[], next: answer.next as string | undefined }
}
/** All pages of a list. */
async function all(query: string): Promise<View[]> {
  const found: View[] = []
  let next: string | undefined
  do {
    const one = await page(next === undefined ? query : `${query}&cursor=${next}`)
    found.push(...one.edits)
    next = one.next
  } while (next !== undefined)
  return found
}

test('full pages move; lists, answers and filters are the same as before', async () => {
  const [before, filtered] = [await all('limit=100'), await all('limit=100&metadata.n=7')]
  expect(before).toHaveLength(COUNT + 1)
  const old = ids[3] as string
  const shown = await json(await account.get(`/v1/edits/${old}`))
  await alarm()
  await alarm()
  await alarm()
  // Two pages of 500; the rest are too few for a page.
  expect(await rowsLeft()).toBe(COUNT + 1 - 1000)
  const files = await bindings.BUCKET.list({ prefix: `archive/${account.id}/` })
  expect(files.objects).toHaveLength(2)
  expect((await all('limit=100')).map(({ id }) => id)).toEqual(before.map(({ id }) => id))
  expect(await all('limit=100&metadata.n=7')).toEqual(filtered)
  expect(filtered.map(({ id }) => id)).toEqual([ids[7]])
  expect(await json(await account.get(`/v1/edits/${old}`))).toEqual(shown)
})

test('an archived edit can be deleted, with what came with it', async () => {
  await alarm()
  const id = ids[5] as string
  const stored = async () =>
    (await (await bindings.BUCKET.get(`archive/${account.id}/1.json`))?.text()) ?? ''
  const secrets = async () => (await stored()).split('a secret').length - 1
  expect(await stored()).toContain('{"n":"5"}')
  expect(await secrets()).toBe(500)
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(204)
  expect(await stored()).not.toContain('{"n":"5"}')
  expect(await secrets()).toBe(499)
  expect((await account.get(`/v1/edits/${id}`)).status).toBe(410)
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(410)
  expect((await all('limit=100')).some((edit) => edit.id === id)).toBe(false)
})

test('an account whose edits are all old lists its archive', async () => {
  await runInDurableObject(ownObject(), (_, { storage }) => {
    storage.sql.exec(
      'DELETE FROM edit WHERE id NOT IN (SELECT id FROM edit ORDER BY createdAt LIMIT 500)',
    )
  })
  await alarm()
  expect(await rowsLeft()).toBe(0)
  expect((await all('limit=100')).map(({ id }) => id)).toEqual(ids.slice(0, 500).reverse())
})

test('an edit whose hold is open keeps all younger ones where they are', async () => {
  await runInDurableObject(ownObject(), (_, { storage }) => {
    storage.sql.exec(
      'UPDATE edit SET settledAt = NULL, checkAt = ? WHERE id = ?',
      Date.now() + 3600_000,
      ids[9] as string,
    )
  })
  await alarm()
  expect(await rowsLeft()).toBe(COUNT + 1)
})
