/** Paying in the console: by the owner who is signed in, and by nobody else. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { json, settings, until } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'
import { TestStripe } from '../../stripe.ts'

const TRIAL = 2_000_000

let stripe: TestStripe
let mail: MailService
let address: string
let owner: Browser
beforeEach(async () => {
  stripe = new TestStripe()
  mail = new MailService()
  stripe.start((request) => mail.answer(request))
  useMail()
  Object.assign(settings(), { TRIAL_CREDIT: TRIAL })
  address = `payer-${crypto.randomUUID()}@example.org`
  owner = new Browser()
  await owner.signIn(address, mail)
})
afterEach(() => {
  Object.assign(settings(), { TRIAL_CREDIT: 0 })
  vi.unstubAllGlobals()
})

const balanceOf = async (browser: Browser) => (await json(await browser.get('/account'))).balance

test('an owner has the trial once, however often they sign in', async () => {
  expect(await balanceOf(owner)).toBe(TRIAL)
  const again = new Browser()
  Object.assign(settings(), { TRIAL_CREDIT: 2 * TRIAL })
  await again.signIn(address, mail)
  expect(await balanceOf(again)).toBe(TRIAL)
})

test('there are so many trials on a day; later accounts open without one', async () => {
  Object.assign(settings(), { TRIALS_PER_DAY: 0 })
  const late = new Browser()
  await late.signIn(`late-${address}`, mail)
  Object.assign(settings(), { TRIALS_PER_DAY: 100 })
  expect(await balanceOf(late)).toBe(0)
})

test('a sub-address opens an account, but no second trial', async () => {
  const again = new Browser()
  await again.signIn(address.replace('@', '+1@'), mail)
  expect(await balanceOf(again)).toBe(0)
})

test('an owner tops up, and gets receipts at their address', async () => {
  const begun = await owner.post('/billing/checkouts', { pack: 'small' })
  expect(begun.status).toBe(201)
  const { id, url } = await json(begun)
  expect([...stripe.double.customers.values()]).toMatchObject([{ email: address }])
  stripe.double.pay(String(url).split('/').at(-1) ?? '', '4242424242424242')
  await stripe.deliver()
  expect(await balanceOf(owner)).toBe(TRIAL + 10_000_000)
  expect(await json(await owner.get(`/billing/payments/${id}`))).toMatchObject({ state: 'paid' })
  const other = new Browser()
  await other.signIn(`other-${address}`, mail)
  expect((await other.get(`/billing/payments/${id}`)).status).toBe(404)
})

test('an owner is mailed when their auto-recharge is turned off by itself', async () => {
  const { url } = await json(
    await owner.post('/billing/checkouts', { pack: 'small', saveCard: true }),
  )
  stripe.double.pay(String(url).split('/').at(-1) ?? '', '4242424242424242')
  await stripe.deliver()
  const order = { threshold: 1_000_000, pack: 'small' }
  const path = '/console/api/billing/auto-recharge'
  expect((await owner.request('PUT', path, order)).status).toBe(200)
  stripe.double.refund([...stripe.double.intents.keys()][0] ?? '', 100)
  await stripe.deliver()
  const told = await until(async () => mail.mails.find(({ subject }) => /Auto/.test(subject)))
  expect(told.to).toBe(address)
  expect(told.text).toContain('a payment was refunded')
  const { autoRecharge } = await json(await owner.get('/billing'))
  expect(autoRecharge).toMatchObject({ enabled: false, stopped: 'refunded' })
})

test('without a session, or from another site, nothing is begun', async () => {
  const order = { pack: 'small' }
  expect((await new Browser().post('/billing/checkouts', order)).status).toBe(401)
  const path = '/console/api/billing/checkouts'
  const origin = 'https://evil.example'
  expect((await owner.request('POST', path, order, { origin })).status).toBe(403)
  expect(stripe.double.sessions.size).toBe(0)
})
