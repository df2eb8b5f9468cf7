/** Stripe's double behind the edge's requests, and its events on their way to the edge. */

import { StripeDouble, signatureOf } from '../fixtures/servers/stripe/double.ts'
import type { StripeEvent } from '../fixtures/servers/stripe/objects.ts'
import { call, world } from './app.ts'

export const SECRETS = ['whsec_newer-newer-newer', 'whsec_older-older-older'] as const

export class TestStripe {
  readonly double = new StripeDouble({
    now: Date.now,
    key: 'sk_test_double0000000',
    origin: 'https://checkout.stripe.example',
  })
  /** How its API answers. */
  mood: 'works' | 'away' = 'works'

  /** Answers the edge's requests from now on. @param others answers those that are not for Stripe */
  start(
    others = (_: Request): Response | Promise<Response> => new Response(null, { status: 404 }),
  ) {
    world(async (request) => {
      const { origin, pathname, search } = new URL(request.url)
      if (origin !== 'https://api.stripe.com') return others(request)
      if (this.mood === 'away') throw new TypeError('connection refused')
      const { method, headers } = request
      const form =
        method === 'GET' ? search.slice(1) : new TextDecoder().decode(await request.arrayBuffer())
      const { status, body } = this.double.handle(method, pathname, form, {
        authorization: headers.get('authorization'),
        idempotencyKey: headers.get('idempotency-key'),
      })
      return Response.json(body, { status })
    })
  }

  /** Sends an event as Stripe does. */
  async send(
    event: object,
    { secrets = [SECRETS[0]], age = 0 }: { secrets?: readonly string[]; age?: number } = {},
  ): Promise<Response> {
    const body = JSON.stringify(event)
    const signature = await signatureOf(body, secrets, Math.floor(Date.now() / 1000) - age)
    return call('/stripe/events', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', 'stripe-signature': signature },
    })
  }

  /** Sends all events that nobody was sent, in their order. */
  async deliver(): Promise<void> {
    for (const event of this.double.events.filter(({ id }) => this.double.undelivered.has(id))) {
      const answer = await this.send(event)
      if (!answer.ok) throw new Error(`${event.type}: ${answer.status} ${await answer.text()}`)
      this.double.undelivered.delete(event.id)
    }
  }

  last(type: string): StripeEvent {
    const event = this.double.events.findLast((one) => one.type === type)
    if (event === undefined) throw new Error(`there was no ${type}`)
    return event
  }
}
