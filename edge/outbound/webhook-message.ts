/** What is sent to a webhook endpoint: thin messages, without signed URLs. */

import { z } from 'zod'

const time = z.iso.datetime()
const micro = z.number().int().meta({ description: 'Micro-units of the currency.' })

export const WebhookMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['edit.succeeded', 'edit.failed', 'edit.canceled', 'edit.expired']),
    timestamp: time,
    data: z.object({
      id: z.string(),
      status: z.enum(['succeeded', 'failed', 'canceled', 'expired']),
      cost: micro,
      currency: z.string(),
      metadata: z.record(z.string(), z.string()),
    }),
  }),
  z.object({
    type: z.literal('balance.low'),
    timestamp: time,
    data: z.object({ balance: micro, limit: micro }),
  }),
  z.object({
    type: z.literal('recharge.stopped'),
    timestamp: time,
    data: z.object({
      reason: z.enum([
        'declined',
        'authentication_required',
        'unreachable',
        'pack_gone',
        'refunded',
        'disputed',
      ]),
      balance: micro,
    }),
  }),
  z.object({ type: z.literal('test'), timestamp: time, data: z.object({}) }),
])
export type WebhookMessage = z.infer<typeof WebhookMessage>

/** Events that an endpoint can ask for: the types of the messages. */
export const webhookEvents: readonly WebhookMessage['type'][] = WebhookMessage.options.flatMap(
  ({ shape: { type } }) => ('options' in type ? type.options : [...type.values]),
)
export type WebhookEvent = WebhookMessage['type']
