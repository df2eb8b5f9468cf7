/**
 * The contract as OpenAPI 3.1, generated from the schemas that the routes parse with. Runs while
 * developing (`npm run openapi`); the Worker serves the file that it wrote.
 */

import { OpenAPIHono } from '@hono/zod-openapi'
import { z } from 'zod'
import { CreateEdit, CreatePlan } from '../../shared/edit/bodies.ts'
import { CreateMask, MaskAnswer } from '../../shared/mask-request.ts'
import { ConfigureAccount } from '../routes/account.ts'
import { CreateClientToken, CreateKey } from '../routes/keys.ts'
import { CreateUpload } from '../routes/uploads.ts'
import { CreateWebhook } from '../routes/webhooks.ts'
import * as answers from './answers.ts'

const json = (description: string, schema: z.ZodType) => ({
  description,
  content: { 'application/json': { schema } },
})
const body = (schema: z.ZodType) => ({
  required: true,
  content: { 'application/json': { schema } },
})
const refusal = {
  description: 'A refusal: RFC 9457, with a code of a closed list',
  content: { 'application/problem+json': { schema: answers.ProblemAnswer } },
}
const none = (description: string) => ({ description })
const file = z.string().meta({ format: 'binary' })
const picture = { schema: file }
const id = z.object({ id: z.string() })

const idempotency = z.object({
  'idempotency-key': z.string().min(1).max(255).optional().meta({
    description: 'Required with live keys. The same at every retry; answers are kept for a day.',
  }),
})
const prefer = z.object({
  prefer: z.string().optional().meta({
    description: '`wait=n`: answer when the edit is over, but not after n seconds (60 at most).',
  }),
})
const createHeaders = idempotency.extend({
  ...prefer.shape,
  'cancel-after': z.string().optional().meta({
    description: '`90s`, `5m`, `1h`: cancel the edit by itself if it is not done by then.',
  }),
})
const usageQuery = z.object({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  by: z.enum(['day', 'key', 'client']).optional(),
  format: z.enum(['json', 'csv']).optional(),
})
const listQuery = z.object({
  limit: z.string().optional().meta({ description: '1 to 100; 20 where it is left out.' }),
  cursor: z.string().optional().meta({ description: '`next` of the page before.' }),
  'metadata.name': z.string().optional().meta({
    description: 'Any `metadata.{name}`: only edits whose metadata say so.',
  }),
})

type Method = 'get' | 'post' | 'put' | 'delete'
type Route = Parameters<OpenAPIHono['openAPIRegistry']['registerPath']>[0]

const contract = new OpenAPIHono()
const { openAPIRegistry: registry } = contract
registry.registerComponent('securitySchemes', 'key', { type: 'http', scheme: 'bearer' })
registry.register('WebhookMessage', answers.WebhookMessage)

function route(
  method: Method,
  path: string,
  summary: string,
  request: NonNullable<Route['request']>,
  responses: Route['responses'],
): void {
  registry.registerPath({
    method,
    path,
    summary,
    security: [{ key: [] }],
    tags: [path.split('/')[2] ?? ''],
    request,
    responses: { ...responses, default: refusal },
  })
}

route(
  'post',
  '/v1/edits',
  'Start an edit',
  {
    headers: createHeaders,
    body: {
      required: true,
      content: {
        'application/json': { schema: CreateEdit },
        // In a form, fields that are not plain words are written as JSON.
        'multipart/form-data': {
          schema: CreateEdit.extend({ image: file, mask: file.optional() }).meta({
            id: 'CreateEditForm',
          }),
        },
      },
    },
  },
  { 202: json('Accepted; it goes on by itself', answers.EditAnswer) },
)
route(
  'get',
  '/v1/edits',
  'List edits, newest first',
  { query: listQuery },
  {
    200: json('A page', answers.EditList),
  },
)
route(
  'get',
  '/v1/edits/{id}',
  'Look at an edit',
  { params: id, headers: prefer },
  {
    200: json('The edit as it stands', answers.EditAnswer),
    304: none('Nothing has changed since the ETag of If-None-Match'),
  },
)
route(
  'delete',
  '/v1/edits/{id}',
  'Delete an edit: photo, result and words',
  { params: id },
  {
    204: none('Deleted; canceled first if it was under way'),
  },
)
route(
  'post',
  '/v1/edits/{id}/cancel',
  'Cancel an edit; charged once it has started',
  { params: id },
  {
    200: json('Canceled', answers.CanceledAnswer),
  },
)
route(
  'get',
  '/v1/edits/{id}/events',
  'Follow an edit',
  { params: id },
  {
    200: {
      description: 'Server-sent events `status` and `progress`, until the edit is over',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
)
route(
  'get',
  '/v1/edits/{id}/result',
  'The edited photo',
  { params: id },
  {
    200: {
      description: 'The picture',
      content: { 'image/png': picture, 'image/jpeg': picture, 'image/webp': picture },
    },
  },
)
route(
  'post',
  '/v1/plan',
  'Which tokens would move where, and the price; runs nothing',
  {
    body: body(CreatePlan),
  },
  { 200: json('The plan, in flat token indices', answers.PlanAnswer) },
)
route(
  'post',
  '/v1/uploads',
  'A signed URL to send a photo of up to 20 MB to',
  {
    headers: idempotency,
    body: body(CreateUpload),
  },
  { 201: json('Where to send it', answers.UploadAnswer) },
)
route(
  'post',
  '/v1/masks',
  'The outline of a thing in an uploaded photo; free, where a worker finds masks',
  { body: body(CreateMask) },
  { 200: json('The mask, at the photo’s size', MaskAnswer) },
)
route(
  'get',
  '/v1/account',
  'Balance and settings',
  {},
  {
    200: json('The account', answers.AccountAnswer),
  },
)
route(
  'put',
  '/v1/account',
  'Change settings',
  { body: body(ConfigureAccount) },
  {
    204: none('Changed'),
  },
)
route(
  'get',
  '/v1/usage',
  'What was spent',
  { query: usageQuery },
  {
    200: {
      description: 'By day, key or client token',
      content: {
        'application/json': { schema: answers.UsageAnswer },
        'text/csv': { schema: z.string() },
      },
    },
  },
)
route('get', '/v1/keys', 'List keys', {}, { 200: json('All of them', answers.KeyList) })
route(
  'post',
  '/v1/keys',
  'Make a key',
  { headers: idempotency, body: body(CreateKey) },
  {
    201: json('The key, shown this once', answers.KeyAnswer),
  },
)
route(
  'delete',
  '/v1/keys/{id}',
  'Revoke a key',
  { params: id },
  {
    204: none('Dead within 30 seconds, for new edits at once; its client tokens too'),
  },
)
route(
  'get',
  '/v1/client-tokens',
  'List client tokens',
  {},
  {
    200: json('Those that have not expired', answers.ClientTokenList),
  },
)
route(
  'post',
  '/v1/client-tokens',
  'Make a token for an app',
  {
    headers: idempotency,
    body: body(CreateClientToken),
  },
  { 201: json('The token, shown this once', answers.ClientTokenAnswer) },
)
route(
  'delete',
  '/v1/client-tokens/{id}',
  'Revoke a client token',
  { params: id },
  {
    204: none('Dead'),
  },
)
route(
  'get',
  '/v1/webhooks',
  'List webhook endpoints',
  {},
  {
    200: json('All of them', answers.WebhookList),
  },
)
route(
  'post',
  '/v1/webhooks',
  'Add a webhook endpoint',
  {
    headers: idempotency,
    body: body(CreateWebhook),
  },
  { 201: json('With its secret, shown this once', answers.WebhookAnswer) },
)
route(
  'delete',
  '/v1/webhooks/{id}',
  'Remove a webhook endpoint',
  { params: id },
  {
    204: none('Removed'),
  },
)
route(
  'post',
  '/v1/webhooks/{id}/rotate',
  'A new secret; the old one signs too for a day',
  { params: id },
  {
    200: json('The new secret', answers.RotatedAnswer),
  },
)
route(
  'post',
  '/v1/webhooks/{id}/test',
  'Send a test event',
  { params: id },
  {
    202: json('On its way', answers.MessageAnswer),
  },
)
route(
  'get',
  '/v1/webhooks/{id}/deliveries',
  'What was sent lately',
  { params: id },
  {
    200: json('Newest first', answers.DeliveryList),
  },
)
route(
  'post',
  '/v1/webhooks/{id}/deliveries/{message}/redeliver',
  'Send a message once more',
  { params: id.extend({ message: z.string() }) },
  { 202: json('On its way', answers.MessageAnswer) },
)
registry.registerPath({
  method: 'get',
  path: '/healthz',
  summary: 'Whether the edge is up',
  responses: { 200: json('It is', z.object({ status: z.literal('ok') })) },
})

/** The document; the Worker fills in its own origin. */
export function openApiDocument(version: string) {
  return contract.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'ContextDrag',
      version,
      description:
        'Drag things in a photo. Fields are only ever added within /v1; a field or route that is to go answers with a Deprecation header for six months first.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: 'https://api.example' }],
  })
}
