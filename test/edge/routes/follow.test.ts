/** An event stream ends soon after the credential that opened it, whatever ended that. */

import { runInDurableObject } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { accountObject, editObject } from '../../../edge/objects/names.ts'
import { Account, bindings, call, json, operator, post, resetProviders } from '../app.ts'
import { editBody, FakeWorker, tell } from '../fake-worker.ts'

let account: Account
beforeEach(async () => {
  account = await Account.open()
  await resetProviders()
})
afterEach(() => vi.unstubAllGlobals())

const as = (key: string) => ({
  authorization: `Bearer ${key}`,
  'idempotency-key': crypto.randomUUID(),
})

/** An edit of this key that runs on and on. */
async function running(key: string): Promise<string> {
  const worker = new FakeWorker()
  worker.report = (runId) => Response.json({ runId, status: 'running', last: null })
  const { id } = (await json(await post('/v1/edits', await editBody(), as(key)))) as { id: string }
  const { runId, request } = await worker.run(id)
  await runInDurableObject(editObject(bindings, 'auto', account.id, id), (_, { storage }) => {
    const later = Date.now() + 3600_000
    storage.sql.exec(
      "UPDATE edit SET runBy = ?1, accepted = json_set(accepted, '$.deadline', ?1)",
      later,
    )
  })
  // Makes the object read its row again.
  await tell(runId, request.events.token, { seq: 0, type: 'started' })
  return id
}

type Ending = { readonly reader: string; readonly end: () => Promise<unknown> }
const newKey = async (key: string) =>
  (await json(
    await post(
      '/v1/keys',
      { mode: 'live', scopes: ['edits:write', 'edits:read', 'keys:write'] },
      as(key),
    ),
  )) as { id: string; key: string }
const revoke = (path: string) => account.delete(path)
const sql = (statement: string, value: string) =>
  runInDurableObject(accountObject(bindings, 'auto', account.id), (_, { storage }) => {
    storage.sql.exec(statement, value)
  })

const endings: Record<string, () => Promise<Ending>> = {
  'the key is revoked': async () => {
    const { id, key } = await newKey(account.live)
    return { reader: key, end: () => revoke(`/v1/keys/${id}`) }
  },
  'the key that created it is revoked': async () => {
    const parent = await newKey(account.live)
    const child = await newKey(parent.key)
    return { reader: child.key, end: () => revoke(`/v1/keys/${parent.id}`) }
  },
  'the key expires': async () => {
    const { id, key } = await newKey(account.live)
    return { reader: key, end: () => sql('UPDATE api_key SET expiresAt = 1 WHERE id = ?', id) }
  },
  'the client token is revoked': async () => {
    const made = await json(await account.post('/v1/client-tokens', { edits: 1 }))
    return {
      reader: String(made.token),
      end: () => revoke(`/v1/client-tokens/${String(made.id)}`),
    }
  },
  'the account is closed': async () => ({
    reader: account.live,
    end: () => post(`/admin/accounts/${account.id}/close`, {}, operator),
  }),
}

test.each(Object.entries(endings))('%s', async (_, ending) => {
  const { reader, end } = await ending()
  const id = await running(reader)
  const stream = await call(`/v1/edits/${id}/events`, { headers: as(reader) })
  expect(stream.status).toBe(200)
  await end()
  // It ends by itself, while the edit goes on.
  const text = await stream.text()
  expect(text).toContain('"running"')
  expect(text).not.toMatch(/succeeded|failed|expired|canceled/)
  await editObject(bindings, 'auto', account.id, id).cancel()
})

test('a response that waits for an edit is not given to a key that was revoked meanwhile', async () => {
  const { id: keyId, key } = await newKey(account.live)
  const id = await running(key)
  const waiting = call(`/v1/edits/${id}`, { headers: { ...as(key), prefer: 'wait=2' } })
  await revoke(`/v1/keys/${keyId}`)
  expect((await waiting).status).toBe(401)
  await editObject(bindings, 'auto', account.id, id).cancel()
})
