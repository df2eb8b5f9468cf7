/** What is left of an edit and its upload after DELETE. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { AccountObject } from '../../../../../edge/objects/account/account.ts'
import { accountObject, editObject } from '../../../../../edge/objects/names.ts'
import { greyPng } from '../../../../fixtures/png.ts'
import { Account, bindings, call, json, resetProviders, until } from '../../../app.ts'
import { create, ended, FakeWorker, finish, pathOf } from '../../../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const SECRET = 'a very secret word'

/** Every value in every table of an object, as text. */
const everything = (stub: DurableObjectStub) =>
  runInDurableObject(stub, (_, { storage }) => {
    const tables = storage.sql
      .exec(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
      )
      .toArray()
    return tables
      .flatMap(({ name }) => storage.sql.exec(`SELECT * FROM "${name}"`).toArray())
      .map((row) => JSON.stringify(row))
      .join('\n')
  })
const objectOf = (id: string) => editObject(bindings, 'auto', account.id, id)
const ownObject = () => accountObject(bindings, 'auto', account.id)

const filesOf = async () =>
  (await bindings.BUCKET.list({ prefix: `acct/${account.id}/` })).objects.map(({ key }) => key)

/** A photo sent to a signed URL. */
async function upload(): Promise<string> {
  const photo = await greyPng(128, 96, (x) => x)
  const asked = await json(
    await account.post('/v1/uploads', { contentType: 'image/png', bytes: photo.length }),
  )
  const sent = await call(pathOf(String(asked.url)), {
    method: 'PUT',
    body: photo as Uint8Array<ArrayBuffer>,
    headers: { 'content-type': 'image/png', 'content-length': String(photo.length) },
  })
  expect(sent.status).toBe(201)
  return String(asked.id)
}

test('nothing that came with a deleted edit is stored anywhere', async () => {
  const worker = new FakeWorker()
  await account.post('/v1/webhooks', {
    url: 'https://hooks.example.com/',
    events: ['edit.succeeded'],
  })
  const { id } = await create(account, {
    prompt: `prompt ${SECRET}`,
    negativePrompt: `not ${SECRET}`,
    metadata: { note: SECRET },
  })
  await finish(await worker.run(id))
  await ended(account, id)
  // The message about the end waits, or was sent and logged; neither may keep the metadata.
  await until(async () => (await everything(ownObject())).includes('"settledAt":1'))
  expect(await everything(ownObject())).toContain(SECRET)
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(204)
  expect(await everything(ownObject())).not.toContain(SECRET)
  const left = await everything(objectOf(id))
  expect(left).toContain(id)
  // The summary counts the plan's tokens; what was sent and the plan itself are lists.
  for (const part of [SECRET, 'handle', 'prompt']) expect(left).not.toContain(part)
  expect(left).not.toMatch(/\[[\d{]/)
  expect(await filesOf()).toEqual([])
})

test("a deleted edit's failure says no more than its code", async () => {
  const worker = new FakeWorker()
  const { id } = await create(account)
  const { runId, request } = await worker.run(id)
  const problem = { type: 'urn:x', title: 'x', status: 422, code: 'nothing_lands', detail: SECRET }
  await call(`/internal/runs/${runId}/events`, {
    method: 'POST',
    body: JSON.stringify({ seq: 0, type: 'failed', problem }),
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${request.events.token}`,
    },
  })
  await ended(account, id)
  await until(async () => (await everything(ownObject())).includes(SECRET))
  await account.delete(`/v1/edits/${id}`)
  expect(await everything(ownObject())).not.toContain(SECRET)
  expect(await everything(objectOf(id))).not.toContain(SECRET)
})

test('a settlement that arrives after the deletion brings nothing back', async () => {
  new FakeWorker()
  const { id } = await create(account, { metadata: { note: SECRET } })
  await ownObject().edits().remove(id)
  await ownObject()
    .edits()
    .settle(id, {
      status: 'failed',
      settlement: 'release',
      result: null,
      problem: {
        type: 'urn:x',
        title: 'x',
        status: 422,
        code: 'nothing_lands',
        detail: SECRET,
      },
      timings: null,
      attempts: 1,
      endedAt: Date.now(),
    })
  const stored = await runInDurableObject(ownObject(), (_, { storage }) =>
    storage.sql.exec('SELECT summary, metadata, final FROM edit').one(),
  )
  expect(JSON.stringify(stored)).toContain('nothing_lands')
  expect(JSON.stringify(stored)).not.toContain(SECRET)
})

test('an upload is deleted with the last edit that uses it', async () => {
  new FakeWorker()
  const id = await upload()
  const key = `acct/${account.id}/in/${id}`
  const [first, second] = [
    await create(account, { image: { upload: id } }),
    await create(account, { image: { upload: id } }),
  ]
  await account.delete(`/v1/edits/${first.id}`)
  expect(await filesOf()).toContain(key)
  await account.delete(`/v1/edits/${second.id}`)
  expect(await filesOf()).not.toContain(key)
})

test('an upload is deleted when its time is over, whether it was used or not', async () => {
  new FakeWorker()
  const [used, unused, young] = [await upload(), await upload(), await upload()]
  const { id } = await create(account, { image: { upload: used } })
  await runInDurableObject(ownObject(), async (object, { storage }) => {
    storage.sql.exec(
      'UPDATE upload SET expiresAt = ? WHERE id <> ?',
      Date.now() - 86_400_001,
      young,
    )
    await (object as AccountObject).alarm()
  })
  const files = (await filesOf()).filter((key) => key.includes('upl_'))
  expect(files).toEqual([`acct/${account.id}/in/${young}`])
  const late = await account.post('/v1/masks', { image: { upload: unused }, points: [] })
  expect(late.status).toBeGreaterThanOrEqual(400)
  // The edit has a photo of its own.
  expect((await account.get(`/v1/edits/${id}`)).status).toBe(200)
  expect((await filesOf()).length).toBe(2)
})

test('an edit that cannot be handed over cannot be deleted: it would run all the same', async () => {
  new FakeWorker()
  const { id } = await create(account)
  await ownObject().edits().handOver(id)
  await runInDurableObject(objectOf(id), async (_, ctx) => {
    await ctx.storage.deleteAlarm()
    await ctx.storage.deleteAll()
    await ctx.storage.sync()
    // What it knows in memory goes too.
    ctx.abort('lost')
  }).catch(() => {})
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(500)
  await ownObject().edits().settle(id, {
    status: 'failed',
    settlement: 'release',
    result: null,
    problem: null,
    timings: null,
    attempts: 0,
    endedAt: Date.now(),
  })
  expect((await account.delete(`/v1/edits/${id}`)).status).toBe(204)
})
