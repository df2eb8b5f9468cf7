/** `/v1/account` and `/v1/usage`: where an account stands, and what it spent. */

import { Hono } from 'hono'
import { z } from 'zod'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import { originSchema } from '../../shared/origin.ts'
import type { App } from '../http/app.ts'
import { requireAccountKey, requireKey } from '../http/auth.ts'
import { readJson } from '../http/bodies.ts'
import { accountOf } from '../http/idempotent.ts'
import type { UsageLine } from '../rpc/account/ledger.ts'

const origin = originSchema('https://app.example')

export const ConfigureAccount = z
  .strictObject({
    origins: z.array(origin).max(50).optional().meta({
      description: 'Origins whose pages may use the account’s keys; none listed means any.',
    }),
    lowBalance: z.number().int().min(0).optional().meta({
      description: 'A balance.low event is sent when the balance falls below this.',
    }),
  })
  .meta({ id: 'ConfigureAccount' })

export const account = new Hono<App>()

account.get('/', requireKey('usage:read'), requireAccountKey, async (c) => {
  const found = await accountOf(c).describe()
  if (found === null) throw new EditError('not_found', 'there is no such account')
  c.header('account-balance', String(found.balance))
  return c.json({
    id: found.id,
    name: found.name,
    region: found.region,
    balance: found.balance,
    held: found.held,
    currency: c.get('settings').CURRENCY,
    origins: JSON.parse(found.origins),
    lowBalance: found.lowBalance,
  })
})

account.put('/', requireKey('keys:write'), requireAccountKey, async (c) => {
  const { origins, lowBalance } = parseRequest(ConfigureAccount, await readJson(c))
  await accountOf(c).configure({
    ...(origins !== undefined && { origins }),
    ...(lowBalance !== undefined && { lowBalance }),
  })
  return c.body(null, 204)
})

const UsageQuery = z.strictObject({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  by: z.enum(['day', 'key', 'client']).default('day'),
  format: z.enum(['json', 'csv']).default('json'),
})
const DAY_MS = 86_400_000

export const usage = new Hono<App>().use(requireKey('usage:read'), requireAccountKey)

usage.get('/', async (c) => {
  const query = parseRequest(UsageQuery, c.req.query())
  const to = query.to === undefined ? Date.now() : Date.parse(query.to) + DAY_MS
  const from = query.from === undefined ? to - 30 * DAY_MS : Date.parse(query.from)
  const lines = await accountOf(c).ledger().usage(from, to, query.by)
  if (query.format === 'csv')
    return c.body(csv(query.by, lines), 200, { 'content-type': 'text/csv; charset=utf-8' })
  const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
  const usage = lines.map(({ group, ...line }) => ({ [query.by]: group, ...line }))
  return c.json({ ...span, by: query.by, currency: c.get('settings').CURRENCY, usage })
})

/** Groups are dates and our own ids: nothing in them needs quotes. */
function csv(by: string, lines: readonly UsageLine[]): string {
  const rows = lines.map(({ group, edits, captured, released, refunded, cost }) =>
    [group, edits, captured, released, refunded, cost].join(','),
  )
  return `${[`${by},edits,captured,released,refunded,cost`, ...rows].join('\r\n')}\r\n`
}
