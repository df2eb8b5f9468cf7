/** What an event of Stripe's leads to: the account learns what Stripe knows of the payment now. */

import type Stripe from 'stripe'
import type { Place } from '../../access/keys.ts'
import { subjectOf } from '../../outbound/stripe/event.ts'
import { factsOf } from '../../outbound/stripe/facts.ts'
import type { Learned } from '../../rpc/account/payments.ts'
import type { Billing } from '../../settings/billing.ts'
import type { Account } from '../tenant.ts'

export type EventServices = {
  readonly billing: Billing
  readonly stripe: Stripe
  readonly accountIn: (region: Place, id: string) => Account
}

/** `ignored` where it is about nothing of ours. @throws Stripe.errors.StripeError */
export async function takeEvent(
  event: Stripe.Event,
  { billing, stripe, accountIn }: EventServices,
): Promise<Learned | 'ignored'> {
  if (event.livemode !== billing.key.includes('_live_')) return 'ignored'
  const subject = subjectOf(event)
  if (subject === null) return 'ignored'
  if ('expired' in subject) {
    const { region, account, payment } = subject.expired
    await accountIn(region, account).payments().expire(payment, subject.session)
    return 'learned'
  }
  const found = await factsOf(stripe, subject.intent)
  if (found === null) return 'ignored'
  const { region, account } = found.name
  const learned = await accountIn(region, account).payments().learn(found.facts)
  if (learned !== 'learned')
    console.error(
      JSON.stringify({ message: 'stripe event not posted', event: event.id, account, learned }),
    )
  return learned
}

/** Events that may move money, or end a payment. */
export const EVENT_TYPES = [
  'checkout.session.completed',
  'checkout.session.expired',
  'payment_intent.succeeded',
  'payment_intent.canceled',
  'refund.created',
  'refund.updated',
  'refund.failed',
  'charge.refunded',
  'charge.dispute.created',
  'charge.dispute.updated',
  'charge.dispute.closed',
  'charge.dispute.funds_withdrawn',
  'charge.dispute.funds_reinstated',
] as const satisfies readonly Stripe.Event['type'][]

/** Stripe keeps its events for 30 days. */
export const REPLAY_DAYS = 30

/** Takes again what Stripe could not deliver, oldest first. @param since epoch ms */
export async function replayEvents(
  services: EventServices,
  since: number,
): Promise<{ readonly events: number; readonly learned: number }> {
  const events = await services.stripe.events
    .list({
      delivery_success: false,
      types: [...EVENT_TYPES],
      created: { gte: Math.floor(since / 1000) },
      limit: 100,
    })
    .autoPagingToArray({ limit: 10_000 })
  let learned = 0
  for (const event of events.reverse())
    if ((await takeEvent(event, services)) === 'learned') learned++
  return { events: events.length, learned }
}
