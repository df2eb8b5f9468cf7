/** `POST /v1/edits/batch`: starts several edits, all or none. */

import { Hono } from 'hono'
import { CreateBatch, CreateEdit, MOST_IN_BATCH } from '../../../shared/edit/bodies.ts'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { EditError } from '../../../shared/errors.ts'
import { BatchAnswer } from '../../contract/answers.ts'
import { requireKey } from '../../http/auth.ts'
import { imageSource, maskBytes } from '../../http/bodies/image-fields.ts'
import type { App } from '../../http/context.ts'
import { endpoint, json, jsonBody } from '../../http/endpoint.ts'
import { AcceptHeaders, cancelAfterMs, preferredWait, setAccepted } from '../../http/headers.ts'
import { repeatable } from '../../http/idempotency.ts'
import { acceptServices, answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { acceptBatch, type BatchedOrder } from '../../use-cases/edits/accept-batch.ts'
import { at } from '../../use-cases/edits/at.ts'
import { editAnswers } from '../../use-cases/edits/edit-answer.ts'

const declaration = {
  summary: 'Create several edits under one Idempotency-Key, all or none',
  request: { headers: AcceptHeaders, body: jsonBody(CreateBatch) },
  responses: {
    202: json('Accepted; the edits continue in the background', BatchAnswer),
  },
} as const

export const createBatch = new Hono<App>()

createBatch.post(
  '/batch',
  requireKey('edits:write'),
  endpoint(declaration, async (c, { headers, body }) => {
    const count = body.edits.reduce((sum, { n }) => sum + n, 0)
    if (count > MOST_IN_BATCH)
      throw new EditError(
        'invalid_option',
        `the batch has ${count} edits with their candidates; the limit is ${MOST_IN_BATCH}`,
        { pointer: '/edits' },
      )
    const order = {
      edits: await Promise.all(body.edits.map(orderOf)),
      fields: body.edits.map(({ image: _, mask: __, affects: ___, ...fields }) => fields),
      request: repeatable(c, headers['idempotency-key']),
      cancelAfter: cancelAfterMs(headers['cancel-after']),
    }
    const tenant = tenantOf(c)
    const outcome = await acceptBatch(tenant, order, acceptServices(c))
    setAccepted(c, outcome)
    const wait = preferredWait(headers.prefer)
    return c.json({ edits: await editAnswers(tenant, outcome, wait, answerServices(c)) }, 202)
  }),
)

/** An edit of the body with its files. @throws EditError as `POST /v1/edits` */
function orderOf(edit: CreateEdit, index: number): Promise<BatchedOrder> {
  const pointer = `/edits/${index}`
  return at(pointer, () => {
    // What only the edit as a whole says is checked here: the body's schema knows its fields.
    const { image, mask, affects, n, ...settings } = parseRequest(CreateEdit, edit)
    return {
      settings,
      n,
      pointer,
      image: imageSource(image),
      mask: maskBytes(mask),
      affects: maskBytes(affects, 'affects'),
      // Nothing is held for its files: they are copies of their own, within the limit for fields.
      release: () => {},
    }
  })
}
