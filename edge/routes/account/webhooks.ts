/** `/v1/webhooks`: endpoints that are sent an account's events, and what was sent to them. */

import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { linkTo } from '../../contract/links.ts'
import { time } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json, jsonBody } from '../../http/endpoint.ts'
import { IdempotencyHeaders, OptionalIdempotencyHeaders } from '../../http/headers.ts'
import { answerOf, creationOf } from '../../http/idempotency.ts'
import { accountOf } from '../../http/tenant.ts'
import { outboundRules } from '../../outbound/address.ts'
import { type WebhookEvent, webhookEvents } from '../../outbound/webhook-message.ts'
import type { SentMessage } from '../../rpc/account/webhooks.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { addWebhook, rotateWebhook, sendMessage } from '../../use-cases/account/webhooks.ts'

const WebhookAnswer = z
  .object({
    id: z.string(),
    secret: z.string(),
    url: z.string(),
    events: z.array(z.enum(webhookEvents)),
  })
  .meta({ id: 'NewWebhook' })

const RotatedAnswer = z
  .object({ id: z.string(), secret: z.string() })
  .meta({ id: 'RotatedWebhook' })

const WebhookList = z
  .object({
    webhooks: z.array(
      z.object({
        id: z.string(),
        url: z.string(),
        events: z.array(z.enum(webhookEvents)),
        createdAt: time,
        disabledAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'WebhookList' })

const DeliveryList = z
  .object({
    deliveries: z.array(
      z.object({
        message: z.string(),
        type: z.enum(webhookEvents),
        attempt: z.number().int(),
        status: z.number().int().meta({ description: 'HTTP status; 0 if there was no response.' }),
        detail: z.string(),
        milliseconds: z.number(),
        at: time,
      }),
    ),
  })
  .meta({ id: 'DeliveryList' })

const MessageAnswer = z.object({ message: z.string() }).meta({ id: 'Message' })

const CreateWebhook = z
  .strictObject({
    url: z.url().max(2000).meta({ description: 'An https URL on a public host.' }),
    events: z
      .array(z.enum(webhookEvents))
      .min(1)
      .default([...webhookEvents]),
  })
  .meta({ id: 'CreateWebhook' })

const listDeclaration = {
  summary: 'List webhook endpoints',
  responses: { 200: json('All webhook endpoints', WebhookList) },
} as const

const addDeclaration = {
  summary: 'Add a webhook endpoint',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateWebhook) },
  responses: {
    201: {
      ...json(
        'The endpoint with its secret, which is returned only in this response',
        WebhookAnswer,
      ),
      links: {
        removeWebhook: linkTo('delete', '/v1/webhooks/{id}', 'Removes the endpoint'),
        rotateSecret: linkTo('post', '/v1/webhooks/{id}/rotate', 'Replaces its secret'),
        sendTest: linkTo('post', '/v1/webhooks/{id}/test', 'Sends it a test event'),
        listDeliveries: linkTo('get', '/v1/webhooks/{id}/deliveries', 'What was sent to it'),
      },
    },
  },
} as const

const removeDeclaration = {
  summary: 'Remove a webhook endpoint',
  request: { params: IdParams },
  responses: { 204: { description: 'Removed' } },
} as const

const rotateDeclaration = {
  summary: 'Replace the secret; for a day, messages are signed with both the old and the new one',
  request: { params: IdParams },
  responses: { 200: json('The new secret', RotatedAnswer) },
} as const

const testDeclaration = {
  summary: 'Send a test event; limited per minute and account',
  request: { params: IdParams, headers: OptionalIdempotencyHeaders },
  responses: {
    202: {
      ...json('The message is queued', MessageAnswer),
      links: {
        redeliver: {
          ...linkTo(
            'post',
            '/v1/webhooks/{id}/deliveries/{message}/redeliver',
            'Sends the message again, once it was sent',
          ),
          parameters: { id: '$request.path.id', message: '$response.body#/message' },
        },
      },
    },
  },
} as const

const logDeclaration = {
  summary: 'List recent deliveries',
  request: { params: IdParams },
  responses: { 200: json('The last 100 deliveries, newest first', DeliveryList) },
} as const

const redeliverDeclaration = {
  summary: 'Send a message again; limited per minute and account',
  request: {
    params: IdParams.extend({ message: z.string() }),
    headers: OptionalIdempotencyHeaders,
  },
  responses: { 202: json('The message is queued', MessageAnswer) },
} as const

export const webhooks = new Hono<App>().use(requireKey('webhooks:write'), requireAccountKey)

webhooks.get(
  '/',
  endpoint(listDeclaration, async (c) => {
    const endpoints = await accountOf(c).webhooks().list()
    const lines = endpoints.map(({ id, url, events, createdAt, disabledAt }) => ({
      id,
      url,
      events: JSON.parse(events) as WebhookEvent[],
      createdAt: new Date(createdAt).toISOString(),
      disabledAt: disabledAt === null ? null : new Date(disabledAt).toISOString(),
    }))
    return c.json({ webhooks: lines }, 200)
  }),
)

webhooks.post(
  '/',
  endpoint(addDeclaration, async (c, { headers, body }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    const added = await addWebhook(creation, body, outboundRules(c.get('settings')))
    return c.json(answerOf(c, added), 201)
  }),
)

webhooks.delete(
  '/:id',
  endpoint(removeDeclaration, async (c, { params }) => {
    unwrap(await accountOf(c).webhooks().remove(params.id))
    return c.body(null, 204)
  }),
)

webhooks.post(
  '/:id/rotate',
  endpoint(rotateDeclaration, async (c, { params }) => {
    const { SEALING_SECRET } = c.get('settings')
    return c.json(await rotateWebhook(accountOf(c), params.id, SEALING_SECRET), 200)
  }),
)

webhooks.post(
  '/:id/test',
  endpoint(testDeclaration, async (c, { params, headers }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    return c.json(sentAnswer(c, await sendMessage(creation, params.id, null)), 202)
  }),
)

webhooks.get(
  '/:id/deliveries',
  endpoint(logDeclaration, async (c, { params }) => {
    const log = unwrap(await accountOf(c).webhooks().log(params.id))
    const deliveries = log.map(({ at, ...line }) => ({ ...line, at: new Date(at).toISOString() }))
    return c.json({ deliveries }, 200)
  }),
)

webhooks.post(
  '/:id/deliveries/:message/redeliver',
  endpoint(redeliverDeclaration, async (c, { params: { id, message }, headers }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    return c.json(sentAnswer(c, await sendMessage(creation, id, message)), 202)
  }),
)

function sentAnswer(c: Context<App>, { message, replayed }: SentMessage) {
  return answerOf(c, { answer: { message }, replayed })
}
