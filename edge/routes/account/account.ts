/** `/v1/account`: an account's balance and settings. */

import { Hono } from 'hono'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { originSchema } from '../../../shared/origin.ts'
import { regions } from '../../access/keys.ts'
import { micro } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, json, jsonBody } from '../../http/endpoint.ts'
import { accountOf } from '../../http/tenant.ts'

const AccountAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    region: z.enum(regions),
    balance: micro.meta({ description: 'What can be spent: held amounts are already subtracted.' }),
    held: micro,
    currency: z.string(),
    origins: z.array(z.string()),
    lowBalance: micro,
  })
  .meta({ id: 'Account' })

const ConfigureAccount = z
  .strictObject({
    origins: z.array(originSchema('https://app.example')).max(50).optional().meta({
      description:
        'Origins of web pages that may use the account’s keys. An empty list allows any origin.',
    }),
    lowBalance: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
      description: 'A balance.low event is sent when the balance falls below this.',
    }),
  })
  .meta({ id: 'ConfigureAccount' })

const readDeclaration = {
  summary: 'Balance and settings',
  responses: { 200: json('The account', AccountAnswer) },
} as const

const configureDeclaration = {
  summary: 'Change settings',
  request: { body: jsonBody(ConfigureAccount) },
  responses: { 204: { description: 'Changed' } },
} as const

export const account = new Hono<App>()

account.get(
  '/',
  requireKey('usage:read'),
  requireAccountKey,
  endpoint(readDeclaration, async (c) => {
    const found = await accountOf(c).describe()
    if (found === null) throw new EditError('not_found', 'there is no such account')
    const { id, name, region, balance, held, lowBalance } = found
    const origins: string[] = JSON.parse(found.origins)
    const { CURRENCY: currency } = c.get('settings')
    c.header('account-balance', String(balance))
    return c.json({ id, name, region, balance, held, currency, origins, lowBalance }, 200)
  }),
)

account.put(
  '/',
  requireKey('keys:write'),
  requireAccountKey,
  endpoint(configureDeclaration, async (c, { body: { origins, lowBalance } }) => {
    await accountOf(c).configure({
      ...(origins !== undefined && { origins }),
      ...(lowBalance !== undefined && { lowBalance }),
    })
    return c.body(null, 204)
  }),
)
