/** Old edits move into the bucket, and stay what they are: listed, readable, deletable. */

import { expect, test } from 'vitest'
import { bindings, json } from '../../../app.ts'
import { account, alarm, all, COUNT, ids, openOldAccount, rowsLeft } from './old-account.ts'

openOldAccount()

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
