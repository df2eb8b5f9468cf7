/** `/v1/edits/{id}`: look at an edit, cancel it, delete it. */

import { Hono } from 'hono'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { EditAnswer } from '../../contract/answers.ts'
import { editLinks } from '../../contract/links.ts'
import { mayStillRead, requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json } from '../../http/endpoint.ts'
import { isKnown, PreferHeaders, preferredWait } from '../../http/headers.ts'
import { answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { hoursOrDays, MOST_RESULT_URL_MS, RESULT_URL_MS } from '../../settings/retention.ts'
import { cancelEdit, deleteEdit } from '../../use-cases/edits/change-edit.ts'
import { editAnswer } from '../../use-cases/edits/edit-answer.ts'
import { readEdit } from '../../use-cases/edits/read-edit.ts'

/** Hours or days; an empty parameter counts as absent. */
const URL_LIFETIME = /^(?:[1-9]\d{0,2}h|[1-7]d)?$/

const CanceledAnswer = EditAnswer.extend({ chargedOnCancel: z.boolean() }).meta({
  id: 'CanceledEdit',
})

const ReadQuery = z.object({
  urlLifetime: z.string().optional().meta({
    pattern: URL_LIFETIME.source,
    description:
      'How long the URL of the result is to be valid: `1h` to `7d`, but no longer than the edit is kept. Default: 1h.',
  }),
})

const reading = {
  summary: 'Get an edit',
  request: { params: IdParams, query: ReadQuery, headers: PreferHeaders },
  responses: {
    200: { ...json('The edit in its current state', EditAnswer), links: editLinks },
    304: { description: 'Not modified: the ETag still matches If-None-Match' },
  },
} as const

const deleting = {
  summary: 'Delete an edit with its photo, result, prompt and metadata',
  request: { params: IdParams },
  responses: { 204: { description: 'Deleted; an open edit is cancelled first' } },
} as const

const canceling = {
  summary: 'Cancel an edit; free until a worker has started it, charged after that',
  request: { params: IdParams },
  responses: { 200: json('Cancelled', CanceledAnswer) },
} as const

export const edit = new Hono<App>()

edit.get(
  '/:id',
  requireKey('edits:read'),
  endpoint(reading, async (c, { params, query, headers }) => {
    const urlMs = urlLifetimeMs(query.urlLifetime)
    const wait = preferredWait(headers.prefer)
    const now = await readEdit(tenantOf(c), params.id, wait)
    if (wait > 0 && !(await mayStillRead(c)))
      throw new EditError(
        'unauthenticated',
        'the key was revoked or has expired, or the session is over',
      )
    const etag = `W/"${now.id.slice(-8)}-${now.status}-${now.version}${query.urlLifetime ?? ''}"`
    c.header('etag', etag)
    if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304)
    return c.json(await editAnswer(now, answerServices(c, urlMs)), 200)
  }),
)

edit.delete(
  '/:id',
  requireKey('edits:write'),
  endpoint(deleting, async (c, { params }) => {
    await deleteEdit(tenantOf(c), params.id)
    return c.body(null, 204)
  }),
)

edit.post(
  '/:id/cancel',
  requireKey('edits:write'),
  endpoint(canceling, async (c, { params }) => {
    const canceled = await cancelEdit(tenantOf(c), params.id)
    const answer = await editAnswer(canceled.edit, answerServices(c))
    return c.json({ ...answer, chargedOnCancel: canceled.charged }, 200)
  }),
)

/** Milliseconds of `1h` to `7d`. @throws EditError `invalid_option` */
function urlLifetimeMs(text: string | undefined): number {
  if (!text) return RESULT_URL_MS
  const ms = URL_LIFETIME.test(text) ? hoursOrDays(text) : Number.POSITIVE_INFINITY
  if (ms <= MOST_RESULT_URL_MS) return ms
  throw new EditError(
    'invalid_option',
    `urlLifetime is ${JSON.stringify(text)}; it must be 1h to 7d`,
    { pointer: '/urlLifetime' },
  )
}
