/** `POST /v1/edits`: starts an edit. */

import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { CreateEdit } from '../../../shared/edit/bodies.ts'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { EditSettings } from '../../../shared/edit/settings.ts'
import { EditError } from '../../../shared/errors.ts'
import { EditAnswer } from '../../contract/answers.ts'
import { editLinks, linkInto } from '../../contract/links.ts'
import { requireKey } from '../../http/auth.ts'
import type { App } from '../../http/context.ts'
import { endpoint, json } from '../../http/endpoint.ts'
import { IdempotencyHeaders, PreferHeaders, preferredWait } from '../../http/headers.ts'
import { repeatable } from '../../http/idempotency.ts'
import { acceptServices, answerServices } from '../../http/services.ts'
import { tenantOf } from '../../http/tenant.ts'
import { type AcceptOutcome, acceptEdit } from '../../use-cases/edits/accept-edit.ts'
import { editAnswer } from '../../use-cases/edits/edit-answer.ts'
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
/** An empty header counts as absent. */
const CANCEL_AFTER = /^(?:0*([1-9]\d{0,5})([smh]?))?$/
const CreateHeaders = IdempotencyHeaders.extend({
  ...PreferHeaders.shape,
  'cancel-after': z.string().optional().meta({
    pattern: CANCEL_AFTER.source,
    description: '`90s`, `5m`, `1h`: cancels the edit automatically if it is not over by then.',
  }),
})

const declaration = {
  summary: 'Create an edit',
  request: {
    headers: CreateHeaders,
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
      ...json('Accepted; the edit continues in the background', EditAnswer),
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
    const order = {
      fields,
      image,
      mask,
      affects,
      release,
      settings: parseRequest(EditSettings, fields),
      request: repeatable(c, headers['idempotency-key']),
      cancelAfter: cancelAfterMs(headers['cancel-after']),
    }
    const outcome = await acceptEdit(tenant, order, acceptServices(c))
    // Waiting may take a minute.
    release()
    setHeaders(c, outcome)
    const wait = preferredWait(headers.prefer)
    const now =
      outcome.outcome === 'accepted' && wait === 0
        ? outcome.edit
        : await readEdit(tenant, outcome.id, wait)
    c.header('location', `/v1/edits/${now.id}`)
    return c.json(await editAnswer(now, answerServices(c)), 202)
  }),
)

/** What it cost and what is left; for a replayed request, that it is one. */
function setHeaders(c: Context<App>, outcome: AcceptOutcome): void {
  if (outcome.outcome === 'replayed') {
    c.header('idempotency-replayed', 'true')
    return
  }
  const { price, balance, rate } = outcome
  c.header('edit-cost', String(price))
  c.header('account-balance', String(balance))
  if (rate === null) return
  c.header('ratelimit-policy', `"creates";q=${rate.limit};w=60`)
  c.header('ratelimit', `"creates";r=${rate.remaining};t=${rate.reset}`)
}

const UNITS = { s: 1000, m: 60_000, h: 3600_000 } as const

/** Milliseconds of `Cancel-After: 90s`, `5m`, `1h`; plain numbers are seconds. */
function cancelAfterMs(header: string | undefined): number | null {
  const match = CANCEL_AFTER.exec((header ?? '').trim())
  if (match === null)
    throw new EditError(
      'invalid_request',
      `Cancel-After is ${JSON.stringify(header)}; it must look like 90s, 5m or 1h`,
    )
  const [, number, unit] = match
  return number === undefined ? null : Number(number) * UNITS[(unit || 's') as keyof typeof UNITS]
}
