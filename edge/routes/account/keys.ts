/** `/v1/keys`: an account's own keys. */

import { Hono } from 'hono'
import { z } from 'zod'
import { scopes } from '../../access/keys.ts'
import { linkTo } from '../../contract/links.ts'
import { micro, mode, time } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json, jsonBody } from '../../http/endpoint.ts'
import { IdempotencyHeaders } from '../../http/headers.ts'
import { answerOf, creationOf } from '../../http/idempotency.ts'
import { accountOf } from '../../http/tenant.ts'
import { unwrap } from '../../rpc/outcome.ts'
import { CreateKey, createKey, keyLine, revocable } from '../../use-cases/account/keys.ts'

const KeyAnswer = z
  .object({
    id: z.string(),
    key: z.string().meta({ description: 'Returned only in this response.' }),
    name: z.string(),
    mode,
    scopes: z.array(z.enum(scopes)),
    expiresAt: time.optional(),
  })
  .meta({ id: 'NewKey' })

const KeyList = z
  .object({
    keys: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        mode,
        scopes: z.array(z.enum(scopes)),
        ratePerMinute: z.number().int().nullable(),
        spendPerMonth: micro.nullable(),
        spent: z.object({ month: z.string(), amount: micro }),
        createdAt: time,
        expiresAt: time.nullable(),
        revokedAt: time.nullable(),
      }),
    ),
  })
  .meta({ id: 'KeyList' })

const listDeclaration = {
  summary: 'List keys',
  responses: { 200: json('All keys', KeyList) },
} as const

const createDeclaration = {
  summary: 'Create a key',
  request: { headers: IdempotencyHeaders, body: jsonBody(CreateKey) },
  responses: {
    201: {
      ...json('The key, returned only in this response', KeyAnswer),
      links: { revokeKey: linkTo('delete', '/v1/keys/{id}', 'Revokes the key') },
    },
  },
} as const

const revokeDeclaration = {
  summary: 'Revoke a key',
  request: { params: IdParams },
  responses: {
    204: {
      description:
        'Revoked, with its client tokens: new edits are rejected at once, other requests within 30 seconds',
    },
  },
} as const

export const keys = new Hono<App>().use(requireKey('keys:write'), requireAccountKey)

keys.get(
  '/',
  endpoint(listDeclaration, async (c) =>
    c.json({ keys: (await accountOf(c).keys().list()).map(keyLine) }, 200),
  ),
)

keys.post(
  '/',
  endpoint(createDeclaration, async (c, { headers, body }) => {
    const creation = creationOf(c, headers['idempotency-key'])
    const created = await createKey(creation, body, c.get('settings').KEY_PEPPERS)
    return c.json(answerOf(c, created), 201)
  }),
)

keys.delete(
  '/:id',
  endpoint(revokeDeclaration, async (c, { params }) => {
    unwrap(
      await accountOf(c)
        .keys()
        .revoke(params.id, revocable(c.get('caller').credential.mode)),
    )
    return c.body(null, 204)
  }),
)
