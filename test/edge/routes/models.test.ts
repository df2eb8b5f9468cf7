/** Which models a caller is told that it may use; those are the ones that an edit accepts. */

import { expect, test } from 'vitest'
import { Account, call, json } from '../app.ts'

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

test('nobody else is told', async () => {
  expect((await call('/v1/models')).status).toBe(401)
})
