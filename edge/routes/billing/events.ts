/** `/stripe/events`: Stripe tells of payments. Its signature is the only credential. */

import { Hono } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import { holdBody } from '../../http/bodies/bytes.ts'
import type { App } from '../../http/context.ts'
import { networkOf } from '../../http/headers.ts'
import { eventServices } from '../../http/services.ts'
import { readEvent } from '../../outbound/stripe/event.ts'
import { takeEvent } from '../../use-cases/billing/events.ts'

/** Stripe's events have some kilobytes. */
const MAX_BYTES = 500_000
/** The limit of wrangler.toml is for ten seconds. */
const PERIOD_SECONDS = 10

export const stripeEvents = new Hono<App>()

stripeEvents.post('/events', async (c) => {
  const services = eventServices(c)
  const signature = c.req.header('stripe-signature')
  if (signature === undefined) throw new EditError('unauthenticated', 'Stripe-Signature is missing')
  const network = networkOf(c)
  const counted = await c.env.EVENTS?.limit({ key: network })
  // Stripe sends it again later.
  if (counted?.success === false)
    throw new EditError('rate_limited', 'too many events from this network', {
      retryAfter: PERIOD_SECONDS,
    })
  // Whose it is, only the signature shows, and that is of the whole body.
  const held = await holdBody(c, MAX_BYTES, { use: 'stripe', network })
  const body = new TextDecoder().decode(held.bytes)
  held.release()
  const event = await readEvent(services.billing, body, signature)
  // Whatever fails is answered with 500, and Stripe sends the event again.
  return c.json({ outcome: await takeEvent(event, services) })
})
