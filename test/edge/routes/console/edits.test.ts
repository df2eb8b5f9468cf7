/** An owner waits for an edit in the console as a key does through the API. */

import { beforeEach, expect, test } from 'vitest'
import { editObject } from '../../../../edge/objects/names.ts'
import { bindings, json, operator, post, resetProviders } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'
import { editBody, FakeWorker } from '../../fake-worker.ts'

let mail: MailService
let owner: Browser
let address: string
let edit: string
let account: string
beforeEach(async () => {
  await resetProviders()
  mail = new MailService()
  useMail()
  const worker = new FakeWorker()
  worker.others = (request) => mail.answer(request)
  owner = new Browser()
  address = `owner-${crypto.randomUUID()}@example.org`
  await owner.signIn(address, mail)
  account = String((await json(await owner.get('/session'))).account)
  await post(`/admin/accounts/${account}/topups`, { amount: 1e6, reference: address }, operator)
  const { key } = await json(await owner.post('/keys', { mode: 'live' }))
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'a' }
  edit = String((await json(await post('/v1/edits', await editBody(), headers))).id)
})

const wait = (browser: Browser, prefer: string) =>
  browser.request('GET', `/console/api/edits/${edit}`, undefined, { prefer })

test('an owner waits for an edit', async () => {
  const waiting = wait(owner, 'wait=20')
  await editObject(bindings, 'auto', account, edit).cancel()
  const answer = await waiting
  expect([answer.status, (await json(answer)).status]).toEqual([200, 'canceled'])
})

test('an owner whose session was ended meanwhile is given nothing', async () => {
  const elsewhere = new Browser()
  await elsewhere.signIn(address, mail)
  const waiting = wait(owner, 'wait=2')
  expect((await elsewhere.delete('/sessions')).status).toBe(204)
  expect((await waiting).status).toBe(401)
  await editObject(bindings, 'auto', account, edit).cancel()
})
