/** Alerts by mail: to the owner's own address, once, with the retries of a webhook. */

import { runDurableObjectAlarm } from 'cloudflare:test'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RETRY_SCHEDULE_MS } from '../../../../edge/objects/deliveries.ts'
import { accountObject } from '../../../../edge/objects/names.ts'
import { Account, bindings, json, operator, post, until } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'
import { editBody, FakeWorker } from '../../fake-worker.ts'

let mail: MailService
let owner: Browser
let email: string
beforeEach(async () => {
  mail = new MailService()
  useMail()
  const worker = new FakeWorker()
  worker.others = (request) => mail.answer(request)
  owner = new Browser()
  email = `owner-${crypto.randomUUID()}@example.org`
  await owner.signIn(email, mail)
  mail.mails.length = 0
})
afterEach(() => {
  vi.useRealTimers()
})

const turn = (method: 'PUT' | 'DELETE') => owner.request(method, '/console/api/alerts')
const mailed = async () => (await json(await owner.get('/alerts'))).mailed
const endpoints = async () =>
  (await json(await owner.get('/webhooks'))).webhooks as { id: string; url: string }[]

test('an owner is mailed when the balance falls below the limit', async () => {
  expect(await mailed()).toBe(false)
  for (let i = 0; i < 2; i++) expect((await turn('PUT')).status).toBe(204)
  expect(await mailed()).toBe(true)
  expect(await endpoints()).toMatchObject([{ url: `mailto:${email}` }])
  await owner.request('PUT', '/console/api/account', { lowBalance: 1_000_000 })
  const { account } = await json(await owner.get('/session'))
  const topup = { amount: 1_000_050, reference: email }
  await post(`/admin/accounts/${account}/topups`, topup, operator)
  const { key } = await json(await owner.post('/keys', { mode: 'live' }))
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'a' }
  expect((await post('/v1/edits', await editBody(), headers)).status).toBe(202)
  await until(async () => mail.mails.length > 0)
  expect(mail.mails).toEqual([
    {
      to: email,
      subject: 'ContextDrag: 1.00 USD left',
      text: expect.stringMatching(/^Your balance is 1\.00 USD, below your alert at 1\.00 USD\./),
    },
  ])
  expect(mail.mails[0]?.text).toContain('https://api.example.com/console/#/billing')
})

test('a mail that is not taken is sent again later, and the log says so', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await turn('PUT')
  const [endpoint] = await endpoints()
  const deliveries = async () =>
    (await json(await owner.get(`/webhooks/${endpoint?.id}/deliveries`))).deliveries as {
      status: number
      detail: string
    }[]
  mail.fault = Response.json({}, { status: 500 })
  expect((await owner.post(`/webhooks/${endpoint?.id}/test`, {})).status).toBe(202)
  await until(async () => (await deliveries()).length === 1)
  expect(await deliveries()).toMatchObject([{ status: 0, detail: expect.stringContaining('mail') }])
  mail.fault = null
  const { account } = await json(await owner.get('/session'))
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 1.2 * RETRY_SCHEDULE_MS[0] })
  await runDurableObjectAlarm(accountObject(bindings, 'auto', String(account)))
  await until(async () => mail.mails.length === 1)
  expect(mail.mails).toMatchObject([{ to: email, subject: 'ContextDrag: a test' }])
  await until(async () => (await deliveries()).length === 2)
  expect((await deliveries())[0]).toMatchObject({ status: 200, detail: 'mailed' })
})

test('nobody is mailed through the API, and no other address through the console', async () => {
  const account = await Account.open(0)
  for (const url of ['mailto:victim@example.org', 'MAILTO:victim@example.org']) {
    const asked = await account.post('/v1/webhooks', { url })
    expect([asked.status, (await json(asked)).code]).toEqual([422, 'invalid_option'])
    const inConsole = await owner.post('/webhooks', { url })
    expect([inConsole.status, (await json(inConsole)).code]).toEqual([422, 'invalid_option'])
  }
  expect(await endpoints()).toEqual([])
})

test('turned on twice at once, it mails once', async () => {
  const answers = await Promise.all([turn('PUT'), turn('PUT'), turn('PUT')])
  expect(answers.map(({ status }) => status)).toEqual([204, 204, 204])
  expect(await endpoints()).toMatchObject([{ url: `mailto:${email}` }])
  // On again after it was off.
  await turn('DELETE')
  await turn('PUT')
  expect(await mailed()).toBe(true)
})

test('turned off, it mails nothing and leaves webhooks alone', async () => {
  await owner.post('/webhooks', { url: 'https://hooks.example.org/in' })
  await turn('PUT')
  expect((await turn('DELETE')).status).toBe(204)
  expect(await mailed()).toBe(false)
  expect((await turn('DELETE')).status).toBe(204)
  expect(await endpoints()).toMatchObject([{ url: 'https://hooks.example.org/in' }])
})
