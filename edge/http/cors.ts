/** CORS: preflights, and the origins that a key may be used from. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import type { Caller } from '../use-cases/tenant.ts'
import type { App } from './context.ts'

/** Response headers that a page may read. */
const EXPOSED = [
  'Location',
  'ETag',
  'Edit-Cost',
  'Account-Balance',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotency-Replayed',
  'Request-Id',
].join(', ')

/** Lets a page read the response. @throws EditError `forbidden` for an origin that is not listed */
export function allowOrigin(c: Context<App>, caller: Caller): void {
  const origin = c.req.header('origin')
  if (origin === undefined) return
  const own = origin === c.get('settings').PUBLIC_ORIGIN
  if (!own && caller.origins !== null && !caller.origins.includes(origin))
    throw new EditError('forbidden', `this key does not allow requests from ${origin}`)
  c.header('access-control-allow-origin', origin)
  c.header('access-control-expose-headers', EXPOSED)
  c.header('vary', 'Origin', { append: true })
}

/** Answers CORS preflights; the origin is checked once the key is known. */
export const preflight = createMiddleware<App>(async (c, next) => {
  const origin = c.req.header('origin')
  if (c.req.method !== 'OPTIONS' || origin === undefined) return next()
  return c.body(null, 204, {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST, PUT, DELETE',
    'access-control-allow-headers':
      'authorization, content-type, idempotency-key, prefer, cancel-after, if-none-match, last-event-id',
    'access-control-max-age': '600',
    vary: 'Origin',
  })
})
