/** `GET /v1/edits`: the account's edits, page by page. */

import { Hono } from 'hono'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { EditAnswer } from '../../contract/answers.ts'
import { cursorText, parseCursor } from '../../contract/cursor.ts'
import { requireAccountKey, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, json } from '../../http/endpoint.ts'
import { answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { editAnswer } from '../../use-cases/edits/edit-answer.ts'
import { listEdits } from '../../use-cases/edits/read-edit.ts'

const EditList = z
  .object({ edits: z.array(EditAnswer), next: z.string().optional() })
  .meta({ id: 'EditList' })

const DEFAULT_PAGE = 20
const MAX_PAGE = 100
/** An edit has no more metadata than this. */
const MAX_FILTERS = 16

const ListQuery = z.object({
  limit: z
    .string()
    .optional()
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: MAX_PAGE,
      description: `Edits per page, 1 to ${MAX_PAGE}. Default: ${DEFAULT_PAGE}.`,
    }),
  cursor: z.string().optional().meta({ description: '`next` of the previous page.' }),
  'metadata.name': z.string().optional().meta({
    description:
      '`metadata.{name}=value`: returns only edits with this metadata value. Up to 16 of them. A page may then have fewer edits than `limit`, or none, although there is a `next`.',
  }),
})

const declaration = {
  summary: 'List edits, newest first',
  request: { query: ListQuery },
  responses: { 200: json('One page of edits', EditList) },
} as const

export const list = new Hono<App>()

list.get(
  '/',
  requireKey('edits:read'),
  requireAccountKey,
  endpoint(declaration, async (c) => {
    const { limit, cursor, ...rest } = c.req.query()
    const { edits, next } = await listEdits(
      tenantOf(c),
      pageSize(limit),
      cursor ? parseCursor(cursor) : null,
      metadataFilter(rest),
    )
    const services = answerServices(c)
    const answers = await Promise.all(edits.map((edit) => editAnswer(edit, services)))
    return c.json({ edits: answers, ...(next !== null && { next: cursorText(next) }) }, 200)
  }),
)

function pageSize(limit: string | undefined): number {
  if (!limit) return DEFAULT_PAGE
  const count = Number(limit)
  if (Number.isInteger(count) && count >= 1 && count <= MAX_PAGE) return count
  throw new EditError('invalid_option', `limit is ${limit}; it must be 1 to ${MAX_PAGE}`, {
    pointer: '/limit',
  })
}

/** `metadata.name=value`, up to 16 of them. @throws EditError for more, and any other parameter */
function metadataFilter(query: Record<string, string>): Record<string, string> {
  const count = Object.keys(query).length
  if (count > MAX_FILTERS)
    throw new EditError(
      'invalid_request',
      `the query has ${count} filters; the limit is ${MAX_FILTERS}`,
    )
  const entries = Object.entries(query).map(([name, value]) => {
    const match = /^metadata\.([\w.-]{1,40})$/.exec(name)
    if (match === null)
      throw new EditError('invalid_request', `there is no parameter ${name}`, {
        pointer: `/${name}`,
      })
    return [match[1] as string, value] as const
  })
  return Object.fromEntries(entries)
}
