/**
 * Objects that die at every named fault point, truly aborted by the runtime, once each while an edit
 * goes its way: the edit still ends, and the books are right.
 */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, expect, test, vi } from 'vitest'
import type { AccountObject } from '../../edge/objects/account/account.ts'
import { type FaultPoint, setFaultHook } from '../../edge/objects/fault-points.ts'
import { accountObject, editObject } from '../../edge/objects/names.ts'
import { Account, bindings, json, resetProviders, until } from './app.ts'
import { create, editBody, FakeWorker, finish, look, type View } from './fake-worker.ts'

afterEach(() => {
  setFaultHook(null)
  vi.unstubAllGlobals()
})

const ON_THE_WAY: FaultPoint[] = [
  'account.accepted',
  'account.before-handover',
  'account.after-handover',
  'account.settled',
  'edit.created',
  'edit.before-slot',
  'edit.slot-granted',
  'edit.attempt-saved',
  'edit.submitted',
  'edit.event-taken',
  'edit.claimed',
  'edit.verified',
  'edit.ended',
  'edit.before-settle',
  'edit.after-settle',
  'provider.requested',
  'provider.granted',
  'provider.released',
]

test.each(ON_THE_WAY)('an object dies at %s', { timeout: 120_000 }, async (target) => {
  const account = await Account.open()
  await resetProviders()
  const worker = new FakeWorker()
  let died = 0
  setFaultHook((point, ctx) => {
    if (point !== target || died > 0) return
    died++
    ctx.abort(`dies at ${point}`)
    throw new Error(`dies at ${point}`)
  })

  // A careful client: the same key until there is an answer.
  const headers = { 'idempotency-key': 'once' }
  const body = await editBody()
  const { id } = await until(async () => {
    const answer = await account.post('/v1/edits', body, headers)
    return answer.status === 202 ? ((await answer.json()) as View) : null
  })
  // A worker that does what it is given, and repeats what was not heard.
  const done = new Set<string>()
  const view = await until(async () => {
    for (const run of worker.runs.filter(({ runId }) => runId.includes(id) && !done.has(runId))) {
      done.add(run.runId)
      const bytes = await finish(run)
      const last = {
        seq: 9,
        type: 'succeeded',
        result: { width: 128, height: 96, bytes: bytes.length },
        timings: {},
      }
      const report = worker.report
      worker.report = (runId) =>
        runId === run.runId ? Response.json({ runId, status: 'succeeded', last }) : report(runId)
    }
    const now = await look(account, id).catch(() => null)
    return now !== null && ['succeeded', 'failed', 'expired'].includes(now.status) ? now : null
  }, 50_000)

  const money = await until(async () => {
    const books = await account.money()
    return books.held === 0 ? books : null
  }, 50_000)
  expect(died, 'the point was passed').toBe(1)
  const charged = view.status === 'succeeded' ? 104 : 0
  expect(money).toEqual({ balance: 1_000_000 - charged, sum: 1_000_000 - charged, held: 0 })
  const { edits } = (await json(await account.get('/v1/edits'))) as { edits: View[] }
  expect(edits).toHaveLength(1)
})

test("an object dies while it deletes an edit's data: another DELETE completes the deletion", async () => {
  const account = await Account.open()
  await resetProviders()
  const worker = new FakeWorker()
  const { id } = (await json(await account.post('/v1/edits', await editBody()))) as { id: string }
  await finish(await worker.run(id))
  let died = 0
  setFaultHook((point, ctx) => {
    if (point !== 'edit.purged' || died++ > 0) return
    ctx.abort('dies purging')
    throw new Error('dies purging')
  })
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(500)
  await until(async () => [204, 410].includes((await account.delete(`/v1/edits/${id}`)).status))
  expect((await account.get(`/v1/edits/${id}`)).status).toBe(410)
})

test('an account dies while it checks an overdue hold whose edit no longer exists: the hold is released', async () => {
  const account = await Account.open()
  await resetProviders()
  new FakeWorker()
  const { id } = await create(account)
  const stub = accountObject(bindings, 'auto', account.id)
  await stub.edits().handOver(id)
  await runInDurableObject(editObject(bindings, 'auto', account.id, id), async (_, ctx) => {
    await ctx.storage.deleteAlarm()
    await ctx.storage.deleteAll()
    await ctx.storage.sync()
    // What it knows in memory goes too.
    ctx.abort('lost')
  }).catch(() => {})
  expect((await account.money()).held).toBe(104)
  let died = 0
  setFaultHook((point, ctx) => {
    if (point !== 'account.swept' || died++ > 0) return
    ctx.abort('dies sweeping')
    throw new Error('dies sweeping')
  })
  const sweep = () =>
    runInDurableObject(accountObject(bindings, 'auto', account.id), async (object, { storage }) => {
      storage.sql.exec('UPDATE edit SET checkAt = 0')
      await (object as AccountObject).alarm()
    })
  await sweep().catch(() => {})
  expect(died).toBe(1)
  await until(async () => {
    await sweep().catch(() => {})
    return (await account.money()).held === 0
  })
  expect(died).toBe(2)
  expect(await account.money()).toEqual({ balance: 1_000_000, sum: 1_000_000, held: 0 })
  expect(await look(account, id)).toMatchObject({ status: 'failed', error: { code: 'internal' } })
})
