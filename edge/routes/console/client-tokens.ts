/** `POST /console/api/client-tokens`: a client token of one of the account's keys, which the owner names. */

import { Hono } from 'hono'
import { z } from 'zod'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { EditError } from '../../../shared/errors.ts'
import type { Scope } from '../../access/keys.ts'
import { readJson } from '../../http/bodies/json.ts'
import type { App } from '../../http/context.ts'
import { answerOf, creationOf } from '../../http/idempotency.ts'
import { accountOf } from '../../http/tenant.ts'
import { CreateClientToken, createClientToken } from '../../use-cases/account/client-tokens.ts'

const OfKey = CreateClientToken.extend({ key: z.string() })

export const ownerClientTokens = new Hono<App>()

ownerClientTokens.post('/', async (c) => {
  const { key: id, ...order } = parseRequest(OfKey, await readJson(c))
  const key = (await accountOf(c).keys().list()).find((one) => one.id === id)
  const isOver = key?.expiresAt != null && key.expiresAt <= Date.now()
  if (key === undefined || key.revokedAt !== null || isOver)
    throw new EditError('not_found', `there is no valid key ${id}`, { pointer: '/key' })
  const creation = creationOf(c, c.req.header('idempotency-key'))
  const scopes: Scope[] = JSON.parse(key.scopes)
  const credential = { ...creation.caller.credential, mode: key.mode }
  const created = await createClientToken(
    { ...creation, caller: { ...creation.caller, key: id, scopes, credential } },
    order,
    c.get('settings').KEY_PEPPERS,
  )
  return c.json(answerOf(c, created), 201)
})
