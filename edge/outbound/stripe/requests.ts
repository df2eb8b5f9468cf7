/** What we ask of Stripe. Every request that makes something has a key, so it may be repeated. */

import type Stripe from 'stripe'
import { randomHex } from '../../secrets.ts'
import type { Billing, Pack } from '../../settings/billing.ts'
import type { PaymentName } from './facts.ts'

/** A payment for a pack, in what Stripe counts in. */
export function paymentFor({ id: pack, amount, credit }: Pack, { currency, minorUnit }: Billing) {
  return { id: `pay_${randomHex(16)}`, pack, amount: amount / minorUnit, currency, credit }
}

/** What is to be paid. */
export type Order = {
  readonly name: PaymentName
  /** In the smallest unit of the currency. */
  readonly amount: number
  readonly currency: string
  readonly customer: string
  readonly pack: string
}

/** What the payer sees on Stripe's page and on the receipt. */
function descriptionOf({ pack }: Order): string {
  return `ContextDrag credit (${pack})`
}

/** How long a page of Stripe's can be paid on. */
export const CHECKOUT_MS = 2 * 3600_000
/** Stripe makes no page that can be paid on for less than half an hour; clocks differ. */
export const LEAST_CHECKOUT_MS = 35 * 60_000

/** The customer that stands for an account at Stripe. */
export async function createCustomer(
  stripe: Stripe,
  { account, payment }: PaymentName,
  email: string | null,
): Promise<string> {
  const { id } = await stripe.customers.create(
    { metadata: { account }, ...(email !== null && { email }) },
    { idempotencyKey: `customer-${payment}` },
  )
  return id
}

/**
 * A page of Stripe's on which a customer pays.
 *
 * @param save whether the card may be charged again later
 * @param expiresAt epoch ms
 */
export async function createCheckout(
  stripe: Stripe,
  order: Order,
  {
    save,
    expiresAt,
    back,
  }: { save: boolean; expiresAt: number; back: (outcome: string) => string },
): Promise<{ readonly session: string; readonly url: string }> {
  const { name, amount, currency, customer } = order
  const description = descriptionOf(order)
  const { id, url } = await stripe.checkout.sessions.create(
    {
      mode: 'payment',
      customer,
      // Cards are paid at once, and can be charged again later.
      allowed_payment_method_types: ['card'],
      line_items: [
        {
          quantity: 1,
          price_data: {
            currency: currency.toLowerCase(),
            unit_amount: amount,
            product_data: { name: description },
          },
        },
      ],
      client_reference_id: name.payment,
      metadata: name,
      payment_intent_data: {
        metadata: name,
        description,
        ...(save && { setup_future_usage: 'off_session' }),
      },
      expires_at: Math.floor(expiresAt / 1000),
      success_url: back('success'),
      cancel_url: back('cancel'),
    },
    { idempotencyKey: name.payment },
  )
  if (url === null) throw new Error(`the checkout session ${id} has no page`)
  return { session: id, url }
}

/** Charges a saved card while nobody is there. @throws Stripe.errors.StripeError */
export async function charge(stripe: Stripe, order: Order, method: string): Promise<string> {
  const { name, amount, currency, customer } = order
  const { id } = await stripe.paymentIntents.create(
    {
      amount,
      currency: currency.toLowerCase(),
      customer,
      payment_method: method,
      allowed_payment_method_types: ['card'],
      off_session: true,
      confirm: true,
      description: descriptionOf(order),
      metadata: name,
    },
    { idempotencyKey: name.payment },
  )
  return id
}

/**
 * What became of a charge of which nobody heard; null where Stripe knows none.
 *
 * @param since epoch ms
 * @returns Stripe's payment intent, and why it was refused; null where it was not, or has not been yet
 */
export async function findCharge(
  stripe: Stripe,
  { customer, payment, since }: { customer: string; payment: string; since: number },
): Promise<{
  readonly intent: string
  readonly status: string
  readonly refused: string | null
} | null> {
  // Clocks differ; a minute is more than enough.
  const created = { gte: Math.floor(since / 1000) - 60 }
  const query = { customer, created, limit: 100 }
  for await (const { id, metadata, status, last_payment_error } of stripe.paymentIntents.list(
    query,
  )) {
    if (metadata.payment !== payment) continue
    const { decline_code, code } = last_payment_error ?? {}
    return { intent: id, status, refused: decline_code || code || null }
  }
  return null
}
