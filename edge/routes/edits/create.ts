/** `POST /v1/edits`: starts an edit. */

import { Hono } from 'hono'
import { z } from 'zod'
import { CreateEdit, CreateEditFields } from '../../../shared/edit/bodies.ts'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { EditError } from '../../../shared/errors.ts'
import { CreatedAnswer } from '../../contract/answers.ts'
import { editLinks, linkInto } from '../../contract/links.ts'
import { requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, json } from '../../http/endpoint.ts'
import { AcceptHeaders, cancelAfterMs, preferredWait, setAccepted } from '../../http/headers.ts'
import { repeatable } from '../../http/idempotency.ts'
import { acceptServices, answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { acceptBatch } from '../../use-cases/edits/accept-batch.ts'
import { acceptEdit } from '../../use-cases/edits/accept-edit.ts'
import { editAnswer, editAnswers } from '../../use-cases/edits/edit-answer.ts'
import { readEdit } from '../../use-cases/edits/read-edit.ts'

const File = z.string().meta({ format: 'binary' })
/** In a form, fields that are not plain words are written as JSON. A list may also have a part for each item. */
const CreateEditForm = CreateEdit.extend({
  image: File,
  mask: File.optional(),
  affects: File.optional(),
}).meta({
  id: 'CreateEditForm',
})
const inJson = { contentType: 'application/json' }
const encoding = {
  image: { contentType: 'image/png, image/jpeg, image/webp, application/json, text/plain' },
  mask: { contentType: 'image/png' },
  affects: { contentType: 'image/png' },
  drags: inJson,
  moves: inJson,
  output: inJson,
  metadata: inJson,
}

const declaration = {
  summary: 'Create an edit',
  request: {
    headers: AcceptHeaders,
    body: {
      required: true,
      content: {
        'application/json': { schema: CreateEdit },
        'multipart/form-data': { schema: CreateEditForm, encoding },
      },
    },
  },
  responses: {
    202: {
      ...json('Accepted; the edit continues in the background', CreatedAnswer),
      headers: {
        location: { description: 'The path of the edit', schema: { type: 'string' } },
      },
      links: {
        ...editLinks,
        continueFromEdit: linkInto('/v1/edits', 'Another edit, of its result', {
          image: { edit: '$response.body#/id' },
        }),
      },
    },
  },
} as const

export const createEdit = new Hono<App>()

createEdit.post(
  '/',
  requireKey('edits:write'),
  endpoint(declaration, async (c, { headers, body }) => {
    const tenant = tenantOf(c)
    const { fields, image, mask, affects, release } = body
    const { n, ...settings } = parseRequest(CreateEditFields, fields)
    const request = repeatable(c, headers['idempotency-key'])
    const cancelAfter = cancelAfterMs(headers['cancel-after'])
    const order = { settings, image, mask, affects, release }
    const services = acceptServices(c)
    const wait = preferredWait(headers.prefer)
    if (n > 1) {
      const edits = [{ ...order, n, pointer: '' }]
      const outcome = await acceptBatch(tenant, { edits, fields, request, cancelAfter }, services)
      release()
      setAccepted(c, outcome)
      const candidates = await editAnswers(tenant, outcome, wait, answerServices(c))
      const first = candidates.find((one) => one.status !== 'deleted')
      if (first === undefined)
        throw new EditError('gone', `all ${candidates.length} candidates were deleted`)
      c.header('location', `/v1/edits/${first.id}`)
      return c.json({ ...first, candidates }, 202)
    }
    const outcome = await acceptEdit(tenant, { ...order, fields, request, cancelAfter }, services)
    // Waiting may take a minute.
    release()
    setAccepted(c, outcome)
    const now =
      outcome.outcome === 'accepted' && wait === 0
        ? outcome.edit
        : await readEdit(tenant, outcome.id, wait)
    c.header('location', `/v1/edits/${now.id}`)
    return c.json(await editAnswer(now, answerServices(c)), 202)
  }),
)
