/**
 * A top-up over HTTP: the edge as a process, the double of Stripe as a server, and a payer who fills in
 * its form.
 */

import { afterAll, beforeAll, expect, test } from 'vitest'
import { type StripeServer, startStripe, stripeSettings } from './fixtures/servers/stripe/server.ts'
import { prepareStack, type TestStack } from './fixtures/servers/test-stack.ts'

let stripe: StripeServer
let edge: TestStack
beforeAll(async () => {
  stripe = await startStripe()
  edge = await prepareStack({ edgeVars: { ...stripeSettings, STRIPE_URL: stripe.origin } })
  await edge.stack.startEdge()
})
afterAll(async () => {
  await edge.close()
  await stripe.close()
})

/** Sends the form of Stripe's page. */
function fillIn(url: string, number: string): Promise<Response> {
  const body = new URLSearchParams({ number })
  return fetch(url, { method: 'POST', body, redirect: 'manual' })
}

test('a card pays on Stripe’s page, and the balance and the receipt are there', async () => {
  const { origin } = edge.stack
  const { id: account } = await edge.stack.admin('/accounts', { name: 'payer', reference: 'p' })
  const order = { mode: 'live', scopes: ['billing:write', 'usage:read'] }
  const { key } = await edge.stack.admin(`/accounts/${account}/keys`, order)
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
  const get = async (path: string) =>
    (await fetch(`${origin}/v1${path}`, { headers })).json() as Promise<Record<string, unknown>>

  const begun = await fetch(`${origin}/v1/billing/checkouts`, {
    method: 'POST',
    body: JSON.stringify({ pack: 'large', saveCard: true }),
    headers: { ...headers, 'idempotency-key': 'one' },
  })
  expect(begun.status).toBe(201)
  const { id, url } = (await begun.json()) as { id: string; url: string }
  const page = await (await fetch(url)).text()
  expect(page).toContain('Pay 50.00 USD')

  const declined = await fillIn(url, '4000 0000 0000 0002')
  expect(await declined.text()).toContain('card_declined')
  const paid = await fillIn(url, '4242 4242 4242 4242')
  expect(paid.headers.get('location')).toBe(`${origin}/console/?payment=${id}&outcome=success`)
  await stripe.deliver(`${origin}/stripe/events`)

  expect(await get('/account')).toMatchObject({ balance: 60_000_000 })
  const payment = await get(`/billing/payments/${id}`)
  expect(payment).toMatchObject({ state: 'paid', amount: 50_000_000, credit: 60_000_000 })
  expect(await (await fetch(String(payment.receipt))).text()).toBe('Receipt')
  expect((await get('/billing')).autoRecharge).toMatchObject({
    card: { brand: 'visa', last4: '4242' },
  })
})
