/**
 * What Stripe knows of a payment, as facts that stay true once they are: it was paid, a refund was
 * made, a dispute moved money. Whoever learns them in any order, twice or late, knows the same.
 */

import type Stripe from 'stripe'
import { type Place, regions } from '../../access/keys.ts'

/** Which payment it is to us. Stripe keeps it as metadata. */
export type PaymentName = {
  readonly region: Place
  readonly account: string
  readonly payment: string
}

/** Amounts are in the smallest unit of the currency, as Stripe has them. */
export type PaymentFacts = {
  readonly payment: string
  readonly intent: string
  readonly customer: string | null
  /** Stripe's own word: `succeeded`, `requires_payment_method`, ... */
  readonly status: string
  readonly received: number
  /** Lower case. */
  readonly currency: string
  /** A page of Stripe's. */
  readonly receipt: string | null
  /** Null unless the payer let us keep it for later payments. */
  readonly method: Card | null
  readonly refunds: readonly {
    readonly id: string
    readonly amount: number
    readonly failed: boolean
  }[]
  /** What disputes took (below zero) and gave back. */
  readonly disputes: readonly { readonly id: string; readonly amount: number }[]
}

/** A saved payment method, as far as a page shows it. */
export type Card = {
  readonly id: string
  readonly brand: string
  readonly last4: string
}

/** The name that an object of Stripe's carries; null where it is not ours. */
export function paymentNameOf(metadata: Stripe.Metadata | null): PaymentName | null {
  const { region, account, payment } = metadata ?? {}
  const place = regions.find((one) => one === region)
  if (place === undefined || !/^[a-z0-9]{12}$/.test(account ?? '')) return null
  if (account === undefined || !/^pay_[0-9a-f]{32}$/.test(payment ?? '')) return null
  return { region: place, account, payment: payment as string }
}

/** What Stripe knows now. @throws Stripe.errors.StripeError */
export async function factsOf(
  stripe: Stripe,
  id: string,
): Promise<{ readonly name: PaymentName; readonly facts: PaymentFacts } | null> {
  const expand = ['latest_charge', 'payment_method']
  const intent = await stripe.paymentIntents.retrieve(id, { expand })
  const name = paymentNameOf(intent.metadata)
  if (name === null) return null
  const paid = intent.status === 'succeeded'
  const [refunds, disputes] = paid
    ? await Promise.all([
        stripe.refunds.list({ payment_intent: id, limit: 100 }).autoPagingToArray({ limit: 1000 }),
        stripe.disputes.list({ payment_intent: id, limit: 100 }).autoPagingToArray({ limit: 1000 }),
      ])
    : [[], []]
  const charge = expanded(intent.latest_charge)
  const facts: PaymentFacts = {
    payment: name.payment,
    intent: id,
    customer: idOf(intent.customer),
    status: intent.status,
    received: intent.amount_received,
    currency: intent.currency,
    receipt: charge?.receipt_url ?? null,
    method: intent.setup_future_usage === 'off_session' ? cardOf(intent.payment_method) : null,
    refunds: refunds.map(({ id, amount, status }) => ({
      id,
      amount,
      failed: status === 'failed' || status === 'canceled',
    })),
    disputes: disputes.flatMap(movements),
  }
  return { name, facts }
}

/**
 * What a dispute moved: the bank's part of it, since an inquiry moves nothing and a won one may be
 * opened again. Where the money is settled in another currency, in proportion.
 */
function movements(dispute: Stripe.Dispute): { id: string; amount: number }[] {
  const { amount, currency, balance_transactions: moved } = dispute
  const taken = Math.max(...moved.map((one) => -one.amount), 0)
  return moved.map((one) => ({
    id: one.id,
    amount: one.currency === currency ? one.amount : Math.round((amount * one.amount) / taken),
  }))
}

function cardOf(method: Stripe.PaymentIntent['payment_method']): Card | null {
  const found = expanded(method)
  if (found === null) return null
  const { id, card } = found
  return { id, brand: card?.brand ?? found.type, last4: card?.last4 ?? '' }
}

function expanded<T extends { id: string }>(value: string | T | null | undefined): T | null {
  return typeof value === 'object' ? value : null
}

function idOf(value: string | { id: string } | null | undefined): string | null {
  return typeof value === 'string' ? value : (value?.id ?? null)
}
