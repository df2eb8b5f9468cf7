/** `/v1/edits/{id}`: look at an edit, cancel it, delete it. */

import { Hono } from 'hono'
import { z } from 'zod'
import { EditError } from '../../../shared/errors.ts'
import { EditAnswer } from '../../contract/answers.ts'
import { editLinks } from '../../contract/links.ts'
import { requireKey, stillValid } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams, json } from '../../http/endpoint.ts'
import { isKnown, PreferHeaders, preferredWait } from '../../http/headers.ts'
import { answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { cancelEdit, deleteEdit } from '../../use-cases/edits/change-edit.ts'
import { editAnswer } from '../../use-cases/edits/edit-answer.ts'
import { readEdit } from '../../use-cases/edits/read-edit.ts'

const CanceledAnswer = EditAnswer.extend({ chargedOnCancel: z.boolean() }).meta({
  id: 'CanceledEdit',
})

const reading = {
  summary: 'Get an edit',
  request: { params: IdParams, headers: PreferHeaders },
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
  endpoint(reading, async (c, { params, headers }) => {
    const wait = preferredWait(headers.prefer)
    const now = await readEdit(tenantOf(c), params.id, wait)
    if (wait > 0 && !(await stillValid(c.get('caller'), c.env)))
      throw new EditError('unauthenticated', 'the key was revoked or has expired')
    const etag = `W/"${now.id.slice(-8)}-${now.status}-${now.version}"`
    c.header('etag', etag)
    if (isKnown(c.req.header('if-none-match'), etag)) return c.body(null, 304)
    return c.json(await editAnswer(now, answerServices(c)), 200)
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
