/** `/v1/billing`: packs, top-ups, receipts and auto-recharge. */

import { Hono } from 'hono'
import { every } from 'hono/combine'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { micro, time } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json, jsonBody } from '../../http/endpoint.ts'
import { IdempotencyHeaders } from '../../http/headers.ts'
import { payerOf } from '../../http/idempotency.ts'
import { billingOf, payServices } from '../../http/services.ts'
import type { AutoRecharge, PaymentRow } from '../../rpc/account/payments.ts'
import { minorUnitOf } from '../../settings/billing.ts'
import { setAutoRecharge } from '../../use-cases/billing/auto-recharge.ts'
import { startCheckout } from '../../use-cases/billing/checkout.ts'

const PackAnswer = z.object({
  id: z.string(),
  amount: micro.meta({ description: 'What is paid.' }),
  credit: micro.meta({ description: 'What the balance gets.' }),
})

const AutoRechargeAnswer = z
  .object({
    enabled: z.boolean(),
    threshold: micro,
    pack: z.string().nullable(),
    monthlyLimit: micro.nullable(),
    card: z.object({ brand: z.string(), last4: z.string() }).nullable(),
    stopped: z.string().nullable().meta({
      description:
        'Why it was turned off by itself: `declined`, `authentication_required`, `unreachable`, `pack_gone`, `refunded` or `disputed`.',
    }),
  })
  .meta({ id: 'AutoRecharge' })

const BillingAnswer = z
  .object({
    enabled: z.boolean().meta({ description: 'False where this service takes no payments.' }),
    currency: z.string(),
    packs: z.array(PackAnswer),
    autoRecharge: AutoRechargeAnswer,
  })
  .meta({ id: 'Billing' })

const PaymentAnswer = z
  .object({
    id: z.string(),
    kind: z.enum(['checkout', 'recharge']),
    state: z.enum(['open', 'paid', 'failed', 'expired']),
    pack: z.string(),
    amount: micro,
    currency: z.string(),
    credit: micro,
    returned: micro.meta({
      description: 'What refunds and disputes gave back of the amount.',
    }),
    url: z.string().nullable().meta({ description: 'Stripe’s page, while it can be paid on.' }),
    receipt: z.string().nullable().meta({ description: 'Stripe’s receipt.' }),
    fault: z.string().nullable(),
    createdAt: time,
    expiresAt: time,
  })
  .meta({ id: 'Payment' })

const CreateCheckout = z
  .strictObject({
    pack: z.string(),
    saveCard: z.boolean().default(false).meta({
      description: 'Lets auto-recharge charge the card later.',
    }),
  })
  .meta({ id: 'CreateCheckout' })

const SetAutoRecharge = z
  .strictObject({
    threshold: micro.min(1).meta({ description: 'Recharges when the balance falls below this.' }),
    pack: z.string(),
    monthlyLimit: micro.min(0).optional().meta({
      description: 'The most that is charged in a calendar month (UTC).',
    }),
  })
  .meta({ id: 'SetAutoRecharge' })

const declarations = {
  read: {
    summary: 'Get packs and auto-recharge',
    responses: { 200: json('What can be paid, and how', BillingAnswer) },
  },
  checkout: {
    summary: 'Top up on a page of Stripe’s',
    request: { headers: IdempotencyHeaders, body: jsonBody(CreateCheckout) },
    responses: { 201: json('The payment; send its payer to `url`', PaymentAnswer) },
  },
  list: {
    summary: 'List payments and receipts',
    responses: {
      200: json('The last 100, newest first', z.object({ payments: z.array(PaymentAnswer) })),
    },
  },
  get: {
    summary: 'Get a payment',
    request: { params: IdParams },
    responses: { 200: json('The payment', PaymentAnswer) },
  },
  set: {
    summary: 'Turn auto-recharge on',
    request: { body: jsonBody(SetAutoRecharge) },
    responses: { 200: json('It is on', AutoRechargeAnswer) },
  },
  stop: {
    summary: 'Turn auto-recharge off',
    responses: { 204: { description: 'It is off' } },
  },
} as const

/** @throws EditError `forbidden` for a test key: what it spends is free */
const requireLive = createMiddleware<App>(async (c, next) => {
  if (c.get('caller').credential.mode === 'test')
    throw new EditError('forbidden', 'a test key pays nothing; use a live key')
  await next()
})

// Of each route, not of all that is below: what no route has is 404 or 405 for everybody.
const payer = every(requireKey('billing:write'), requireAccountKey, requireLive)

export const billing = new Hono<App>()

billing.get(
  '/',
  payer,
  endpoint(declarations.read, async (c) => {
    const { billing: on, CURRENCY: currency } = c.get('settings')
    const recharge = await payerOf(c).account.payments().autoRecharge()
    const autoRecharge = rechargeAnswer(recharge)
    const packs = on?.packs ?? []
    return c.json({ enabled: on !== null, currency, packs, autoRecharge }, 200)
  }),
)

billing.post(
  '/checkouts',
  payer,
  endpoint(declarations.checkout, async (c, { body }) => {
    const { payment, replayed } = await startCheckout(payerOf(c), body, payServices(c))
    if (replayed) c.header('idempotency-replayed', 'true')
    return c.json(paymentAnswer(payment), 201)
  }),
)

billing.get(
  '/payments',
  payer,
  endpoint(declarations.list, async (c) => {
    const payments = await payerOf(c).account.payments().list()
    return c.json({ payments: payments.map(paymentAnswer) }, 200)
  }),
)

billing.get(
  '/payments/:id',
  payer,
  endpoint(declarations.get, async (c, { params: { id } }) => {
    const payment = await payerOf(c).account.payments().get(id)
    if (payment === null) throw new EditError('not_found', `there is no payment ${id}`)
    return c.json(paymentAnswer(payment), 200)
  }),
)

billing.put(
  '/auto-recharge',
  payer,
  endpoint(declarations.set, async (c, { body: { monthlyLimit = null, ...body } }) => {
    const order = { ...body, monthlyLimit }
    return c.json(rechargeAnswer(await setAutoRecharge(payerOf(c), order, billingOf(c))), 200)
  }),
)

billing.delete(
  '/auto-recharge',
  payer,
  endpoint(declarations.stop, async (c) => {
    await setAutoRecharge(payerOf(c), null, billingOf(c))
    return c.body(null, 204)
  }),
)

function rechargeAnswer({ card, ...rest }: AutoRecharge) {
  return { ...rest, card: card === null ? null : { brand: card.brand, last4: card.last4 } }
}

/** A payment in micro-units, like all of our amounts; without Stripe's ids. */
function paymentAnswer(payment: PaymentRow) {
  const { id, kind, state, pack, currency, credit, url, receipt, fault } = payment
  const minor = minorUnitOf(currency)
  return {
    ...{ id, kind, state, pack, currency, credit, url, receipt, fault },
    amount: payment.amount * minor,
    returned: payment.returned * minor,
    createdAt: new Date(payment.createdAt).toISOString(),
    expiresAt: new Date(payment.expiresAt).toISOString(),
  }
}
