/**
 * Stripe's events. Their signature says that Stripe sent them, lately; what they say is only a reason
 * to look, since they come in any order, twice, late or never.
 */

import Stripe from 'stripe'
import { EditError } from '../../../shared/errors.ts'
import type { Billing } from '../../settings/billing.ts'
import { stripeOf } from './client.ts'
import { type PaymentName, paymentNameOf } from './facts.ts'

/** How old a signature may be. Stripe signs each try anew. */
const TOLERANCE_SECONDS = 300

/**
 * An event, if any of our secrets signed it: compared in constant time, by Stripe's own code.
 *
 * @throws EditError `unauthenticated`
 */
export async function readEvent(
  billing: Billing,
  body: string,
  signature: string,
): Promise<Stripe.Event> {
  const { webhooks } = stripeOf(billing)
  const crypto = Stripe.createSubtleCryptoProvider()
  for (const secret of billing.webhookSecrets)
    try {
      return await webhooks.constructEventAsync(body, signature, secret, TOLERANCE_SECONDS, crypto)
    } catch (error) {
      if (!(error instanceof Stripe.errors.StripeSignatureVerificationError)) throw error
    }
  throw new EditError(
    'unauthenticated',
    `the Stripe-Signature is of another body, secret or time: at most ${TOLERANCE_SECONDS} s ago`,
  )
}

/** What to look at: a payment of Stripe's, or a page that was not paid. Null for any other event. */
export function subjectOf({
  data: { object },
}: Stripe.Event):
  | { readonly intent: string }
  | { readonly expired: PaymentName; readonly session: string }
  | null {
  switch (object.object) {
    case 'payment_intent':
      return { intent: object.id }
    case 'charge':
    case 'refund':
    case 'dispute':
      return intentIn(object.payment_intent)
    case 'checkout.session': {
      const { id, status, metadata, payment_intent } = object
      const expired = paymentNameOf(metadata)
      if (status === 'expired' && expired !== null) return { expired, session: id }
      return intentIn(payment_intent)
    }
    default:
      return null
  }
}

function intentIn(value: string | { id: string } | null): { intent: string } | null {
  if (value === null) return null
  return { intent: typeof value === 'string' ? value : value.id }
}
