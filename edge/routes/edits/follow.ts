/** `/v1/edits/{id}/events` and `/v1/edits/{id}/result`: follow an edit, and fetch what came of it. */

import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { CHECK_AGAIN_MS, requireKey, stillValid } from '../../http/auth.ts'
import { whileAllowed } from '../../http/bounded-stream.ts'
import type { App } from '../../http/context.ts'
import { endpoint, IdParams } from '../../http/endpoint.ts'
import { isKnown } from '../../http/headers.ts'
import { tenantOf } from '../../http/tenant.ts'
import { followEdit, openResult } from '../../use-cases/edits/change-edit.ts'

const picture = { schema: z.string().meta({ format: 'binary' }) }

const following = {
  summary: 'Stream the events of an edit',
  request: { params: IdParams },
  responses: {
    200: {
      description: 'Server-sent events `status`, `queue` and `progress`, until the edit is over',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'The edit is over, and there are no events after Last-Event-ID' },
  },
} as const

const fetching = {
  summary: 'Get the edited photo',
  request: { params: IdParams },
  responses: {
    200: {
      description: 'The edited photo, as PNG, JPEG or WebP',
      content: { 'image/png': picture, 'image/jpeg': picture, 'image/webp': picture },
    },
    304: { description: 'Not modified: the ETag still matches If-None-Match' },
  },
} as const

export const follow = new Hono<App>()

follow.get(
  '/:id/events',
  requireKey('edits:read'),
  endpoint(following, async (c, { params }) => {
    const lastEvent = c.req.header('last-event-id') ?? null
    const events = await followEdit(tenantOf(c), params.id, lastEvent)
    if (events === null) return c.body(null, 204)
    const allowed = () => stillValid(c.get('caller'), c.env)
    return c.body(whileAllowed(events, allowed, CHECK_AGAIN_MS), 200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    })
  }),
)

follow.get(
  '/:id/result',
  requireKey('edits:read'),
  endpoint(fetching, async (c, { params }) => {
    const { object, sent } = await openResult(tenantOf(c), params.id, c.env.BUCKET)
    const headers = new Headers({
      etag: object.httpEtag,
      'content-length': String(object.size),
      'cache-control': 'private, max-age=3600',
    })
    if (isKnown(c.req.header('if-none-match'), object.httpEtag)) {
      await object.body.cancel()
      headers.delete('content-length')
      return c.body(null, 304, Object.fromEntries(headers))
    }
    object.writeHttpMetadata(headers)
    const body = sent === null ? object.body : watched(c, object, sent)
    return c.body(body, 200, Object.fromEntries(headers))
  }),
)

/** The object's body; `sent` is called after its last byte was taken, and never where the caller hangs up. */
function watched(c: Context<App>, object: R2ObjectBody, sent: () => Promise<void>): ReadableStream {
  const { readable, writable } = new FixedLengthStream(object.size)
  const whole = object.body.pipeTo(writable).then(
    () => true,
    () => false,
  )
  c.executionCtx.waitUntil(whole.then((took) => (took ? sent() : undefined)))
  return readable
}
