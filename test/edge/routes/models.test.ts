/** Which models a caller is told that it may use; those are the ones that an edit accepts. */

import { expect, test } from 'vitest'
import { Account, call, json, operator, post } from '../app.ts'
import { editBody } from '../fake-worker.ts'

type Listed = { name: string; default: boolean; steps: { max: number } | null; licence: unknown }

async function listed(key: string): Promise<Listed[]> {
  const answer = await call('/v1/models', { headers: { authorization: `Bearer ${key}` } })
  expect(answer.status).toBe(200)
  return ((await json(answer)) as unknown as { models: Listed[] }).models
}

test('what some provider serves, with steps and licence; one is the default', async () => {
  const account = await Account.open()
  const expected = [
    { name: 'instant', default: true, steps: null, licence: null },
    { name: 'embedded', default: false, steps: { default: 2, max: 50 }, licence: null },
    { name: 'embedded-fast', default: false, steps: { default: 2, max: 50 }, licence: null },
  ]
  expect(await listed(account.live)).toMatchObject(expected)
  expect(await listed(account.test)).toMatchObject(expected)
})

test('a client token is told its own models and steps', async () => {
  const account = await Account.open()
  const limits = { models: ['embedded', 'flux1-kontext-dev'], maxSteps: 4 }
  const { token } = (await json(await account.post('/v1/client-tokens', limits))) as {
    token: string
  }
  expect(await listed(token)).toMatchObject([{ name: 'embedded', steps: { max: 4 } }])
})

test('an account is told, and may use, what the operator allows it', async () => {
  const account = await Account.open()
  const path = `/admin/accounts/${account.id}`
  const allow = (models: unknown, headers = operator) =>
    call(`${path}/models`, {
      method: 'PUT',
      body: JSON.stringify({ models }),
      headers: { 'content-type': 'application/json', ...headers },
    })
  for (const wrong of [[], ['flux3'], 'instant', undefined])
    expect([400, 422]).toContain((await allow(wrong)).status)
  expect((await allow(['instant'], account.headers)).status).toBe(401)
  expect(await json(await call(path, { headers: operator }))).toMatchObject({ models: null })

  expect((await allow(['embedded'])).status).toBe(200)
  expect(await json(await call(path, { headers: operator }))).toMatchObject({
    models: ['embedded'],
  })
  expect(await listed(account.live)).toMatchObject([{ name: 'embedded' }])
  const rejected = await account.post('/v1/edits', {
    ...(await editBody()),
    model: 'embedded-fast',
  })
  expect([rejected.status, await rejected.json()]).toMatchObject([
    403,
    { code: 'forbidden', pointer: '/model', detail: 'the account may use only embedded' },
  ])
  const limits = { models: ['embedded-fast'] }
  const { token } = (await json(await account.post('/v1/client-tokens', limits))) as {
    token: string
  }
  expect(await listed(token)).toEqual([])
  const none = await post('/v1/edits', await editBody(), { authorization: `Bearer ${token}` })
  expect(await none.json()).toMatchObject({ detail: 'the client token may use no model' })

  expect((await call(`${path}/models`, { method: 'DELETE', headers: operator })).status).toBe(204)
  const { key } = await json(await post(`${path}/keys`, { mode: 'live' }, operator))
  expect(await listed(key as string)).toHaveLength(3)
})

test('nobody else is told', async () => {
  expect((await call('/v1/models')).status).toBe(401)
})
