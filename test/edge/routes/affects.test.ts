/** The mask of what changes with the thing, through the API: accepted, sent to the worker, forgotten. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { editObject } from '../../../edge/objects/names.ts'
import type { EditRecord } from '../../../shared/edit/record.ts'
import { unpackMask } from '../../../shared/files/packed-mask.ts'
import { RunRequest } from '../../../shared/run.ts'
import { dataUrl, greyPng, rectangleMask } from '../../fixtures/png.ts'
import { Account, bindings, call, json, resetProviders, until } from '../app.ts'
import { create, editBody, ended, FakeWorker, finish, look, type View } from '../fake-worker.ts'

let account: Account
let worker: FakeWorker
beforeEach(async () => {
  worker = new FakeWorker()
  account = await Account.open()
  await resetProviders()
})
afterEach(async () => {
  await account.cancelOpen()
  vi.unstubAllGlobals()
})

const shadow = async () => dataUrl(await rectangleMask(128, 96, 16, 64, 48, 80))

test.each(['embedded-fast', 'instant'])('%s gets the mask, as it was sent', async (model) => {
  const { id, record } = (await create(account, { model, affects: await shadow() })) as View & {
    record: EditRecord
  }
  expect(record.affects).toEqual({ area: 0.0417 })
  const { request } = await worker.run(id)
  const { affects } = RunRequest.parse(request)
  if (affects === undefined) return expect.fail('no affects')
  const { width, height, data } = await unpackMask(affects)
  expect([width, height]).toEqual([128, 96])
  expect(data.reduce((sum, value) => sum + value, 0)).toBe(32 * 16)
  expect([data[64 * 128 + 16], data[63 * 128 + 16]]).toEqual([1, 0])
})

test('an edit without it says nothing of it', async () => {
  const { id, record } = (await create(account)) as View & { record: EditRecord }
  expect(record).not.toHaveProperty('affects')
  expect((await worker.run(id)).request).not.toHaveProperty('affects')
})

test('a form takes it as a file, and an empty one is none', async () => {
  const form = async (affects: Uint8Array) => {
    const { drags } = await editBody()
    const body = new FormData()
    const append = (name: string, bytes: Uint8Array) =>
      body.append(name, new Blob([bytes as Uint8Array<ArrayBuffer>]), `${name}.png`)
    append('image', await greyPng(128, 96, (x) => x))
    append('mask', await rectangleMask(128, 96, 16, 16, 64, 64))
    append('affects', affects)
    body.append('drags', JSON.stringify(drags))
    body.append('model', 'embedded-fast')
    return json(await call('/v1/edits', { method: 'POST', body, headers: account.headers }))
  }
  const made = await form(await rectangleMask(128, 96, 16, 64, 48, 80))
  expect(made).toMatchObject({ record: { affects: { area: 0.0417 } } })
  const none = (await form(new Uint8Array(0))) as { record: EditRecord }
  expect(none.record).not.toHaveProperty('affects')
})

test.each([
  ['mask_unreadable', 'https://example.com/shadow.png'],
  ['mask_unreadable', dataUrl(new TextEncoder().encode('no picture'))],
  ['mask_empty', greyPng(128, 96, () => 0)],
  ['mask_size_mismatch', greyPng(96, 96, () => 255)],
  ['mask_too_large', greyPng(2450, 1838, () => 255)],
])('%s is an error of /affects, in edits and in plans', async (code, given) => {
  const file = await given
  const affects = typeof file === 'string' ? file : dataUrl(file)
  const { image: _, ...body } = await editBody({ affects })
  const plan = { ...body, image: { width: 128, height: 96 } }
  for (const answer of [
    await account.post('/v1/edits', await editBody({ affects })),
    await account.post('/v1/plan', plan),
  ])
    expect([answer.status, await answer.json()]).toMatchObject([422, { code, pointer: '/affects' }])
  expect(worker.runs).toEqual([])
})

test('the same key with another shadow is another request', async () => {
  const headers = { 'idempotency-key': crypto.randomUUID() }
  const send = async (affects: string | undefined) =>
    (await account.post('/v1/edits', await editBody({ affects }), headers)).status
  expect(await send(await shadow())).toBe(202)
  expect(await send(await shadow())).toBe(202)
  expect(await send(dataUrl(await rectangleMask(128, 96, 16, 64, 48, 81)))).toBe(422)
  expect(await send(undefined)).toBe(422)
})

test('nothing of it is kept after the edit, and nothing is shown of it after its deletion', async () => {
  const { id } = await create(account, { affects: await shadow() })
  const stored = () =>
    runInDurableObject(editObject(bindings, 'auto', account.id, id), (_, { storage: { sql } }) =>
      String(sql.exec('SELECT accepted FROM edit').one().accepted),
    )
  expect(await stored()).toContain('"bits"')
  await finish(await worker.run(id))
  await until(async () => !(await stored()).includes('"bits"'))
  await ended(account, id)
  expect((await look(account, id)) as unknown).toMatchObject({
    record: { affects: { area: 0.0417 } },
  })
  await call(`/v1/edits/${id}`, { method: 'DELETE', headers: account.headers })
  await until(async () => !(await stored()).includes('affects'))
})
