/** Which edits move into the bucket: all that are old, but none younger than an open one. */

import { runInDurableObject } from 'cloudflare:test'
import { expect, test } from 'vitest'
import { alarm, all, COUNT, ids, openOldAccount, ownObject, rowsLeft } from './old-account.ts'

openOldAccount()

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
