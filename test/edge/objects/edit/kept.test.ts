/** What an edit's object keeps after the end: what answers need, and its events for a while. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { EditObject } from '../../../../edge/objects/edit/edit.ts'
import { editObject } from '../../../../edge/objects/names.ts'
import type { EditState } from '../../../../edge/rpc/edit/state.ts'
import { EVENTS_MS } from '../../../../edge/settings/retention.ts'
import { dataUrl, greyPng, rectangleMask } from '../../../fixtures/png.ts'
import { Account, bindings, json, resetProviders, until } from '../../app.ts'
import { create, ended, FakeWorker, look, store, success, tell } from '../../fake-worker.ts'

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

const STEPS = 30

/** An edit of a large photo with many steps and thumbnails, and how large its object is meanwhile. */
async function longEdit() {
  const worker = new FakeWorker()
  const edit = await create(account, {
    image: dataUrl(await greyPng(512, 512, (x) => x % 256)),
    mask: dataUrl(await rectangleMask(512, 512, 64, 64, 320, 320)),
    drags: [{ handle: { x: 160, y: 160 }, target: { x: 300, y: 200 } }],
    model: 'embedded',
    prompt: 'a prompt',
    metadata: { order: '7' },
  })
  const { id } = edit
  const run = await worker.run(id)
  const { token } = run.request.events
  await tell(run.runId, token, { seq: 0, type: 'started' })
  const preview = `data:image/webp;base64,${'A'.repeat(2000)}`
  for (let step = 1; step <= STEPS; step++)
    await tell(run.runId, token, { seq: step, type: 'progress', step, steps: STEPS, preview })
  const during = await sizeOf(id)
  const bytes = await greyPng(128, 96, () => 1)
  await store(run, bytes)
  await tell(run.runId, token, success(STEPS + 1, bytes.length))
  const view = await ended(account, id)
  await until(async () => (await account.money()).held === 0)
  return { id, view, during }
}

const objectOf = (id: string) => editObject(bindings, 'auto', account.id, id)

/** Bytes of text in the object's rows, and how many events. */
const sizeOf = (id: string) =>
  runInDurableObject(objectOf(id), (_, { storage: { sql } }) => {
    const { row } = sql.exec('SELECT LENGTH(accepted) AS row FROM edit').one()
    const { events, count } = sql
      .exec('SELECT COALESCE(SUM(LENGTH(data)), 0) AS events, COUNT(*) AS count FROM event')
      .one()
    return {
      row: Number(row),
      events: Number(events),
      count: Number(count),
      file: sql.databaseSize,
    }
  })

test('the plan goes with the end, thumbnails too, and other events when their time is over', async () => {
  const { id, view, during } = await longEdit()
  const after = await sizeOf(id)
  expect(during.row).toBeGreaterThan(5000)
  expect(after.row).toBeLessThan(2000)
  expect(during.events).toBeGreaterThan(STEPS * 2000)
  expect(after.events).toBeLessThan(2000)
  // Everything an answer says is still there.
  expect(view).toMatchObject({
    status: 'succeeded',
    metadata: { order: '7' },
    plan: { grid: { rows: 64, cols: 64 } },
    workingSize: { width: 512, height: 512 },
    charged: expect.any(Number),
  })
  const whole = await json(await account.get(`/v1/edits/${id}`))
  const last = Number(
    await runInDurableObject(
      objectOf(id),
      (_, { storage }) => storage.sql.exec('SELECT MAX(seq) AS last FROM event').one().last,
    ),
  )

  vi.setSystemTime(Date.now() + EVENTS_MS + 1000)
  await runInDurableObject(objectOf(id), (object) => (object as EditObject).alarm())
  const late = await sizeOf(id)
  expect(late.count).toBe(1)
  vi.useRealTimers()
  const same = await json(await account.get(`/v1/edits/${id}`))
  for (const fresh of [whole, same]) delete fresh.result
  expect(same).toEqual(whole)
  // A client that was there to the end stays away; one that was not learns how it ended.
  const follow = (after: number) =>
    account.get(`/v1/edits/${id}/events`, { 'last-event-id': String(after) })
  expect((await follow(last)).status).toBe(204)
  const text = await (await follow(2)).text()
  expect(text.match(/^event:.*$/gm)).toEqual(['event: status'])
  expect(text).toContain('"succeeded"')
})

test('an edit that ended in an older release is shown as before', async () => {
  const { id } = await longEdit()
  const shown = await look(account, id)
  const kept = await runInDurableObject(objectOf(id), (object, { storage: { sql } }) => {
    const accepted = JSON.parse(String(sql.exec('SELECT accepted FROM edit').one().accepted))
    const { summary, ...rest } = accepted
    const { grid, sourceMask, targets, view, editRegion } = summary.plan
    const list = (length: number) => Array.from({ length }, (_, i) => i)
    const plan = {
      grid,
      sourceMask: list(sourceMask),
      targets: list(targets),
      sources: list(targets),
      view: { tokens: list(view) },
      editRegion: list(editRegion),
    }
    const whole = {
      ...rest,
      ...summary,
      grid,
      image: { ...rest.image, ...summary.image },
      sampler: { seed: summary.seed, steps: summary.steps, prompt: 'p' },
      work: { kind: 'planned', plan },
    }
    sql.exec('UPDATE edit SET accepted = ?', JSON.stringify(whole))
    // Makes the object read its row again.
    return (object as unknown as { cancel: () => Promise<unknown> }).cancel()
  })
  expect(kept).toHaveProperty('rejection')
  const state = (await objectOf(id).read())?.edit as EditState
  expect(state.accepted).not.toHaveProperty('sampler')
  expect((await look(account, id)).status).toBe(shown.status)
})
