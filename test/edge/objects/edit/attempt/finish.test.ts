/** How long a run took, as its provider hears of it. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { editObject, providerObject } from '../../../../../edge/objects/names.ts'
import { Account, bindings, resetProviders, until } from '../../../app.ts'
import { create, ended, FakeWorker, finish } from '../../../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const secondsPerRun = async () =>
  (await providerObject(bindings, 'first').status('first')).secondsPerRun
const inside = (id: string, work: (storage: DurableObjectStorage) => void) =>
  runInDurableObject(editObject(bindings, 'auto', account.id, id), (_, { storage }) =>
    work(storage),
  )

/** The object begins again with what it stored, as under a new release. */
const restart = (id: string) =>
  runInDurableObject(editObject(bindings, 'auto', account.id, id), (_, ctx) =>
    ctx.abort('a new release'),
  ).catch(() => {})

/** Columns that later releases have added. */
const LATER = ['removeBy', 'purgedAt', 'shard', 'gaveWay', 'record', 'stopping', 'failures']

/** The first run that a provider measures is its average. */
const lastRun = () => until(secondsPerRun)

test("a run stopped by the edit's deadline is reported to the provider with its real duration", async () => {
  const worker = new FakeWorker()
  worker.submissions = new Array(1000).fill(409)
  const { id } = await create(account)
  // Not while a submission is under way: it would be taken for one that may have arrived.
  await until(async () => {
    const { status } = (await (await account.get(`/v1/edits/${id}`)).json()) as { status: string }
    return worker.submissions.length < 1000 && status === 'queued'
  })
  // The run is given less than RUN_SECONDS.
  await inside(id, ({ sql }) => {
    sql.exec("UPDATE edit SET accepted = json_set(accepted, '$.deadline', ?)", Date.now() + 1000)
  })
  await restart(id)
  const start = Date.now()
  worker.submissions = []
  await finish(await worker.run(id))
  const took = (Date.now() - start) / 1000
  expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
  const seconds = await lastRun()
  expect(seconds).toBeGreaterThan(0)
  expect(seconds).toBeLessThan(took + 0.2)
})

test('the duration of a run stored by an older version is counted from its dispatch event', async () => {
  const worker = new FakeWorker()
  const before = Date.now()
  const { id } = await create(account)
  const run = await worker.run(id)
  const after = Date.now()
  // The object as the release before this one left it.
  await inside(id, ({ sql }) => {
    for (const column of [...LATER, 'submittedAt'])
      sql.exec(`ALTER TABLE edit DROP COLUMN ${column}`)
    sql.exec('ALTER TABLE edit RENAME COLUMN jobId TO handle')
    sql.exec('UPDATE version SET number = 1')
  })
  await restart(id)
  await until(async () => (await account.get(`/v1/edits/${id}`)).status === 200)
  const stored = await runInDurableObject(
    editObject(bindings, 'auto', account.id, id),
    (_, { storage }) => Number(storage.sql.exec('SELECT submittedAt FROM edit').one().submittedAt),
  )
  expect(stored).toBeGreaterThanOrEqual(before)
  expect(stored).toBeLessThanOrEqual(after)
  await finish(run)
  expect(await ended(account, id)).toMatchObject({ status: 'succeeded' })
})
