/** Stripe's client for an isolate. Over fetch, as in Workers, wherever it runs. */

import Stripe from 'stripe'
import { EditError } from '../../../shared/errors.ts'
import type { Billing } from '../../settings/billing.ts'

const TIMEOUT_MS = 10_000

let known: { readonly billing: Billing; readonly stripe: Stripe } | null = null

/** Calls Stripe, or the double that STRIPE_URL names. */
export function stripeOf(billing: Billing): Stripe {
  if (known?.billing === billing) return known.stripe
  const { protocol, hostname, port } = new URL(billing.url)
  const https = protocol === 'https:'
  const stripe = new Stripe(billing.key, {
    host: hostname,
    port: port === '' ? (https ? 443 : 80) : port,
    protocol: https ? 'https' : 'http',
    httpClient: Stripe.createFetchHttpClient((input, init) => fetch(input, init)),
    timeout: TIMEOUT_MS,
    // Whoever asks repeats: the alarm of an account, Stripe itself, or a caller with its key.
    maxNetworkRetries: 0,
    telemetry: false,
  })
  known = { billing, stripe }
  return stripe
}

/** Seconds after which a caller may try again. */
const RETRY_SECONDS = 5

/** What Stripe answers a caller's request. @throws EditError `billing_unavailable` where it does not */
export async function asked<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const { StripeAPIError, StripeConnectionError, StripeRateLimitError, StripeIdempotencyError } =
      Stripe.errors
    // The last one: an equal request is still under way at Stripe.
    const passing = [
      StripeAPIError,
      StripeConnectionError,
      StripeRateLimitError,
      StripeIdempotencyError,
    ]
    if (!passing.some((one) => error instanceof one)) throw error
    throw new EditError('billing_unavailable', 'Stripe did not answer; nothing was charged', {
      retryAfter: RETRY_SECONDS,
    })
  }
}
