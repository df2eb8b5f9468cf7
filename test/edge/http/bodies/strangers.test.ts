/** Bodies of those who have shown no credential: small, few, and out of everybody else's way. */

import { afterEach, expect, test, vi } from 'vitest'
import { app } from '../../../../edge/app.ts'
import { budgetsOf } from '../../../../edge/memory/budgets.ts'
import { bindings, call, json, settings, until } from '../../app.ts'
import { Browser, MailService, useMail } from '../../console/browser.ts'

const { bodies, small, strangers } = budgetsOf(settings())
afterEach(() => {
  vi.unstubAllGlobals()
})

/** Sends a byte, and then nothing until it is told to end. */
function stalled(path: string, headers: Record<string, string>) {
  let stream: ReadableStreamDefaultController<Uint8Array> | null = null
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      stream = controller
      controller.enqueue(new Uint8Array(1))
    },
  })
  const answer = call(path, { method: 'POST', body, headers })
  return { answer, end: () => stream?.close() }
}
const signature = { 'stripe-signature': 't=1,v1=0' }
const page = {
  origin: 'https://api.example.com',
  'content-type': 'application/json',
}

test('that stall take no memory of keys and workers, nor all of that of other networks', async () => {
  useMail()
  const from = (network: string) => ({ 'cf-connecting-ip': network })
  // Without Content-Length each may have 500 kB; a network has two thirds of 3 MB.
  const events = Array.from({ length: 5 }, () =>
    stalled('/stripe/events', { ...signature, ...from('192.0.2.7') }),
  )
  await until(async () => strangers.held === 2_000_000)
  const other = stalled('/stripe/events', { ...signature, ...from('192.0.2.8') })
  const asked = stalled('/console/sign-in', { ...page, ...from('192.0.2.7') })
  await until(async () => strangers.held === 2_510_000)
  expect([bodies.held, small.held]).toEqual([0, 0])
  for (const { end } of [...events, other, asked]) end()
  const statuses = await Promise.all(
    [...events, other].map(async ({ answer }) => (await answer).status),
  )
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect((await asked.answer).status).toBe(400)
  expect(strangers.held).toBe(0)
})

test('that are longer than an address or a token are not read', async () => {
  useMail()
  const mail = new MailService()
  for (const path of ['/console/sign-in', '/console/sign-in/open']) {
    const body = { email: 'a@example.org', token: 'a'.repeat(10_000) }
    const answer = await new Browser().request('POST', path, body)
    expect([answer.status, (await json(answer)).code], path).toEqual([413, 'image_too_large'])
  }
  expect(mail.mails).toEqual([])
})

test('are counted by network before they are read, where they claim to be Stripe’s', async () => {
  const counted: string[] = []
  const EVENTS = {
    limit: async ({ key }: { key: string }) => {
      counted.push(key)
      return { success: counted.length <= 1 }
    },
  }
  const send = (network: string) =>
    app.request(
      '/stripe/events',
      { method: 'POST', body: '{}', headers: { ...signature, 'cf-connecting-ip': network } },
      { ...bindings, EVENTS },
    )
  expect((await send('192.0.2.7')).status).toBe(401)
  const rejected = await send('2001:db8:1:2:3:4:5:6')
  expect([rejected.status, rejected.headers.get('retry-after')]).toEqual([429, '10'])
  expect(await rejected.json()).toMatchObject({ code: 'rate_limited' })
  expect(counted).toEqual(['192.0.2.7', '2001:db8:1:2'])
})
