/** An account with many old edits, for the tests of its archive. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import { mintEditId } from '../../../../../edge/access/keys.ts'
import type { AccountObject } from '../../../../../edge/objects/account/account.ts'
import { accountObject } from '../../../../../edge/objects/names.ts'
import { Account, bindings, json, settings } from '../../../app.ts'
import { create, FakeWorker, type View } from '../../../fake-worker.ts'

const OLD = Date.now() - 91 * 86_400_000
export const COUNT = 1200

export let account: Account
export let ids: string[]
/** Makes {@link account} and {@link ids} anew for each test of a suite. */
export function openOldAccount(): void {
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
}

export const ownObject = () => accountObject(bindings, 'auto', account.id)
export const alarm = () =>
  runInDurableObject(ownObject(), (object) => (object as AccountObject).alarm())
export const rowsLeft = () =>
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
export async function all(query: string): Promise<View[]> {
  const found: View[] = []
  let next: string | undefined
  do {
    const one = await page(next === undefined ? query : `${query}&cursor=${next}`)
    found.push(...one.edits)
    next = one.next
  } while (next !== undefined)
  return found
}
