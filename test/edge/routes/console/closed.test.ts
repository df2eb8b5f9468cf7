/** The owner of an account that the operator has closed: reads it, and changes nothing. */

import { beforeEach, expect, test } from 'vitest'
import { call, json, operator, post, world } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'

let mail: MailService
let owner: Browser
let address: string
let account: string
beforeEach(async () => {
  mail = new MailService()
  useMail()
  world((request) => mail.answer(request))
  owner = new Browser()
  address = `owner-${crypto.randomUUID()}@example.org`
  await owner.signIn(address, mail)
  account = String((await json(await owner.get('/session'))).account)
})

const close = () => post(`/admin/accounts/${account}/close`, {}, operator)
const changesOf = (
  key: unknown,
  hook: unknown,
): [method: string, path: string, body?: object][] => [
  ['POST', '/keys', { mode: 'live' }],
  ['DELETE', `/keys/${key}`],
  ['POST', '/client-tokens', { key }],
  ['POST', '/webhooks', { url: 'https://hooks.example.org/other' }],
  ['POST', `/webhooks/${hook}/test`, {}],
  ['POST', `/webhooks/${hook}/rotate`, {}],
  ['DELETE', `/webhooks/${hook}`],
  ['PUT', '/alerts'],
  ['DELETE', '/alerts'],
  ['PUT', '/account', { lowBalance: 5 }],
  ['POST', '/billing/checkouts', { pack: 'small' }],
  ['POST', `/edits/edit_${'0'.repeat(48)}/cancel`, {}],
  ['DELETE', `/edits/edit_${'0'.repeat(48)}`],
]

test('an owner of a closed account changes nothing, and is told whom to ask', async () => {
  const { id: key } = await json(await owner.post('/keys', { mode: 'live' }))
  const url = 'https://hooks.example.org/in'
  const { id: hook } = await json(await owner.post('/webhooks', { url }))
  expect((await close()).status).toBe(204)
  for (const [method, path, body] of changesOf(key, hook)) {
    const response = await owner.request(method, `/console/api${path}`, body, {
      'idempotency-key': crypto.randomUUID(),
    })
    const { code, detail } = await json(response)
    expect([response.status, code], `${method} ${path}`).toEqual([403, 'forbidden'])
    expect(detail).toContain(`account ${account} is closed`)
    expect(detail).toContain('operator')
  }
  expect((await json(await owner.get('/keys'))).keys).toMatchObject([{ id: key, revokedAt: null }])
  expect((await json(await owner.get('/webhooks'))).webhooks).toMatchObject([{ id: hook, url }])
  expect(await json(await owner.get('/account'))).toMatchObject({ id: account, lowBalance: 0 })
  const listed = await json(await call(`/admin/accounts/${account}`, { headers: operator }))
  expect(listed.closedAt).not.toBeNull()
})

test('an owner of a closed account can sign in, read, and sign out here and elsewhere', async () => {
  await close()
  const later = new Browser()
  await later.signIn(address, mail)
  for (const path of ['session', 'sessions', 'account', 'usage', 'keys', 'webhooks', 'edits'])
    expect((await later.get(`/${path}`)).status, path).toBe(200)
  expect((await later.delete('/sessions')).status).toBe(204)
  expect((await owner.get('/session')).status).toBe(401)
  expect((await later.delete('/session')).status).toBe(204)
  expect((await later.get('/session')).status).toBe(401)
})
