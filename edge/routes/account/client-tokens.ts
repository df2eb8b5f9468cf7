/** `/v1/client-tokens`: what an account's apps use in place of its keys. */

import { Hono } from 'hono'
import { z } from 'zod'
import { linkTo } from '../../contract/links.ts'
import { micro, mode, model, time } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json, jsonBody } from '../../http/endpoint.ts'
import { IdempotencyHeaders } from '../../http/headers.ts'
import { answerOf, creationOf } from '../../http/idempotency.ts'
import { accountOf } from '../../http/tenant.ts'
import { unwrap } from '../../rpc/outcome.ts'
import {
  CreateClientToken,
  clientTokenLine,
  createClientToken,
} from '../../use-cases/account/client-tokens.ts'
import { revocable } from '../../use-cases/account/keys.ts'

const ClientTokenAnswer = z
  .object({ id: z.string(), token: z.string(), edits: z.number().int(), expiresAt: time })
  .meta({ id: 'NewClientToken' })

const ClientTokenList = z
  .object({
    clientTokens: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        mode,
        key: z.string(),
        edits: z.number().int().meta({ description: 'Edits left.' }),
        maxSpend: micro.nullable(),
        spent: micro,
        maxSteps: z.number().int().nullable(),
        models: z.array(model).nullable(),
        origins: z.array(z.string()).nullable(),
        createdAt: time,
        expiresAt: time,
        revokedAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'ClientTokenList' })

const listDeclaration = {
  summary: 'List client tokens',
  responses: { 200: json('Client tokens that have not expired', ClientTokenList) },
} as const

const createDeclaration = {
  summary: 'Create a client token for an app',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateClientToken) },
  responses: {
    201: {
      ...json('The token, returned only in this response', ClientTokenAnswer),
      links: {
        revokeClientToken: linkTo('delete', '/v1/client-tokens/{id}', 'Revokes the token'),
      },
    },
  },
} as const

const revokeDeclaration = {
  summary: 'Revoke a client token',
  request: { params: IdParams },
  responses: { 204: { description: 'Revoked' } },
} as const

export const clientTokens = new Hono<App>().use(requireKey('keys:write'), requireAccountKey)

clientTokens.get(
  '/',
  endpoint(listDeclaration, async (c) => {
    const tokens = await accountOf(c).clientTokens().list()
    return c.json({ clientTokens: tokens.map(clientTokenLine) }, 200)
  }),
)

clientTokens.post(
  '/',
  endpoint(createDeclaration, async (c, { headers, body }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    const created = await createClientToken(creation, body, c.get('settings').KEY_PEPPERS)
    return c.json(answerOf(c, created), 201)
  }),
)

clientTokens.delete(
  '/:id',
  endpoint(revokeDeclaration, async (c, { params }) => {
    unwrap(
      await accountOf(c)
        .clientTokens()
        .revoke(params.id, revocable(c.get('caller').credential.mode)),
    )
    return c.body(null, 204)
  }),
)
