/** Test runs that are stopped for live edits: for nothing, and not for ever. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { editObject } from '../../../../../edge/objects/names.ts'
import { Account, bindings, json, post, resetProviders, until } from '../../../app.ts'
import {
  create,
  editBody,
  ended,
  FakeWorker,
  finish,
  look,
  type Run,
  tell,
  type View,
} from '../../../fake-worker.ts'

let account: Account
let worker: FakeWorker
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
  worker = new FakeWorker()
  // The first provider is out of order: the second has one slot.
  await runInDurableObject(bindings.PROVIDERS_STATE.getByName('first'), (_, { storage }) => {
    storage.sql.exec('UPDATE breaker SET faults = 9, openUntil = ?', Date.now() + 60_000)
  })
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

/** An edit of the account's test key, whose run has started. */
async function startTest(): Promise<{ readonly id: string; readonly run: Run }> {
  const headers = { authorization: `Bearer ${account.test}` }
  const answer = await post('/v1/edits', await editBody(), headers)
  expect(answer.status).toBe(202)
  const { id } = (await json(answer)) as View
  const run = await worker.run(id)
  await tell(run.runId, run.request.events.token, { seq: 0, type: 'started' })
  await until(async () => (await look(account, id)).status === 'running')
  return { id, run }
}

/** The worker stops a run that it was told to stop. */
async function stops({ runId, request }: Run): Promise<void> {
  await until(async () => worker.cancelled.includes(runId))
  await tell(runId, request.events.token, { seq: 1, type: 'canceled' })
}

const rowOf = (id: string) =>
  runInDurableObject(editObject(bindings, 'auto', account.id, id), (_, { storage }) =>
    storage.sql.exec('SELECT * FROM edit').one(),
  )
const runOf = (id: string) => worker.runs.find(({ runId }) => runId.includes(id))

test('a live edit that finds no slot stops a test run, gets its slot, and the test edit runs again', async () => {
  const { id, run } = await startTest()
  const live = await create(account)
  await stops(run)
  await finish(await worker.run(live.id))
  expect(await ended(account, live.id)).toMatchObject({ status: 'succeeded', charged: 104 })
  // Under the next number: the worker remembers the one that it stopped.
  await finish(await worker.run(id, 2))
  expect(await ended(account, id)).toMatchObject({ status: 'succeeded', charged: 0 })
  // One attempt, that which succeeded.
  expect(await rowOf(id)).toMatchObject({ losses: 0, gaveWay: 1, attempt: 2 })
})

test('the slot is kept until the worker has stopped, so that the live edit does not find it busy', async () => {
  const { id, run } = await startTest()
  const live = await create(account)
  await until(async () => worker.cancelled.includes(run.runId))
  expect((await look(account, live.id)).status).toBe('queued')
  expect(runOf(live.id)).toBeUndefined()
  // Its word is lost, but the worker tells when it is asked.
  worker.report = (runId) =>
    Response.json({ runId, status: 'canceled', last: { seq: 1, type: 'canceled' } })
  await worker.run(live.id)
  expect(await look(account, id)).toMatchObject({ status: 'queued', progress: { step: 0 } })
})

test('a run that was told to stop and is unknown to its worker is not lost', async () => {
  const { id, run } = await startTest()
  const live = await create(account)
  await until(async () => worker.cancelled.includes(run.runId))
  worker.report = () => new Response(null, { status: 404 })
  await until(async () => runOf(live.id))
  expect(await rowOf(id)).toMatchObject({ losses: 0, gaveWay: 1 })
})

test('a test edit that gave way is canceled for free, as one that never started', async () => {
  const { id, run } = await startTest()
  await create(account)
  await stops(run)
  await until(async () => (await look(account, id)).status === 'queued')
  const canceled = await account.post(`/v1/edits/${id}/cancel`, {})
  expect(canceled.status).toBe(200)
  expect(await rowOf(id)).toMatchObject({ status: 'canceled', settlement: 'release' })
})

test('an edit that has given way three times gets no fresh wait: it expires, for free', async () => {
  const { id, run } = await startTest()
  const object = editObject(bindings, 'auto', account.id, id)
  // In two calls: what an aborted one has stored is lost.
  await runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec('UPDATE edit SET gaveWay = 3, dispatchBy = ?', Date.now() - 1)
  })
  await runInDurableObject(object, (_, ctx) => ctx.abort('read again')).catch(() => {})
  await create(account)
  await stops(run)
  expect(await ended(account, id)).toMatchObject({
    status: 'expired',
    charged: 0,
    error: { code: 'worker_timeout' },
  })
  expect(await rowOf(id)).toMatchObject({ gaveWay: 4 })
})

test('a live run is never stopped for another edit, and a test edit stops none', async () => {
  const first = await create(account)
  const run = await worker.run(first.id)
  await tell(run.runId, run.request.events.token, { seq: 0, type: 'started' })
  const second = await create(account)
  await editObject(bindings, 'auto', account.id, first.id).giveWay()
  await until(async () => (await look(account, second.id)).queue)
  expect(await look(account, first.id)).toMatchObject({ status: 'running' })
  await finish(run)
  const { id, run: testRun } = await startTestAfter(second.id)
  expect((await look(account, id)).status).toBe('running')
  expect(worker.cancelled).toEqual([])
  await finish(testRun)
})

/** Ends a live run, then starts a test run. */
async function startTestAfter(live: string) {
  await finish(await worker.run(live))
  await ended(account, live)
  return startTest()
}
