/** `/v1/usage`: what an account spent. */

import { Hono } from 'hono'
import { z } from 'zod'
import { micro, time } from '../../contract/parts.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint } from '../../http/endpoint.ts'
import { accountOf } from '../../http/tenant.ts'
import { type UsageGroup, type UsageLine, usageGroups } from '../../rpc/account/ledger.ts'
import { readUsage } from '../../use-cases/account/usage.ts'

const counts = {
  edits: z.number().int(),
  captured: z.number().int(),
  released: z.number().int(),
  refunded: z.number().int(),
  cost: micro,
}

const UsageAnswer = z
  .object({
    from: time,
    to: time,
    by: z.enum(usageGroups),
    currency: z.string(),
    usage: z.array(
      z.object({
        day: z.string().optional(),
        key: z.string().optional(),
        client: z.string().optional(),
        model: z.string().optional().meta({
          description: 'Empty for what was spent before models were counted.',
        }),
        ...counts,
      }),
    ),
  })
  .meta({ id: 'Usage' })

const UsageQuery = z.strictObject({
  from: z.iso.date().optional(),
  to: z.iso.date().optional(),
  by: z.enum(usageGroups).optional(),
  format: z.enum(['json', 'csv']).optional(),
})

const declaration = {
  summary: 'Get what was spent',
  request: { query: UsageQuery },
  responses: {
    200: {
      description: 'By day, key, client token or model',
      content: {
        'application/json': { schema: UsageAnswer },
        'text/csv': { schema: z.string() },
      },
    },
  },
} as const

export const usage = new Hono<App>().use(requireKey('usage:read'), requireAccountKey)

usage.get(
  '/',
  endpoint(declaration, async (c, { query: { by = 'day', format = 'json', ...days } }) => {
    const { from, to, lines } = await readUsage(accountOf(c), by, days)
    if (format === 'csv')
      return c.body(csv(by, lines), 200, { 'content-type': 'text/csv; charset=utf-8' })
    const span = { from: new Date(from).toISOString(), to: new Date(to).toISOString() }
    const usage = lines.map(({ group, ...counts }) => ({ ...grouped(by, group), ...counts }))
    return c.json({ ...span, by, currency: c.get('settings').CURRENCY, usage }, 200)
  }),
)

function grouped(by: UsageGroup, group: string): { [K in UsageGroup]?: string } {
  return { [by]: group }
}

/** Groups are dates, models and our own ids, so no field needs quotes. */
function csv(by: UsageGroup, lines: readonly UsageLine[]): string {
  const rows = lines.map(({ group, edits, captured, released, refunded, cost }) =>
    [group, edits, captured, released, refunded, cost].join(','),
  )
  return `${[`${by},edits,captured,released,refunded,cost`, ...rows].join('\r\n')}\r\n`
}
