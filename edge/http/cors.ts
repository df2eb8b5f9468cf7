/** CORS: what a page may read and send, and the origins that a key may be used from. */

import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import type { Caller } from '../use-cases/tenant.ts'
import type { App } from './context.ts'

const anyOrigin = cors({
  origin: (origin) => origin,
  allowMethods: ['GET', 'POST', 'PUT', 'DELETE'],
  allowHeaders: [
    'authorization',
    'content-type',
    'idempotency-key',
    'prefer',
    'cancel-after',
    'if-none-match',
    'last-event-id',
    // Whatever tracing and apps add. It does not stand for Authorization.
    '*',
  ],
  exposeHeaders: [
    'Location',
    'ETag',
    'Allow',
    'Edit-Cost',
    'Account-Balance',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
    'Idempotency-Replayed',
    'Request-Id',
    'WWW-Authenticate',
  ],
  maxAge: 600,
})

/**
 * Lets pages of any origin read every response of the API, errors included: a page that cannot see a
 * 401 takes it for a lost connection. The API knows no cookies, so a page sees nothing without a
 * credential of its own. The console knows cookies, and only its own pages read its responses.
 */
export const crossOrigin = createMiddleware<App>((c, next) =>
  /^\/console(\/|$)/.test(c.req.path) ? next() : anyOrigin(c, next),
)

/** Limits a key to its origins. @throws EditError `forbidden` for an origin that is not listed */
export function checkOrigin(c: Context<App>, caller: Caller): void {
  const origin = c.req.header('origin')
  if (origin === undefined || origin === c.get('settings').PUBLIC_ORIGIN) return
  if (caller.origins !== null && !caller.origins.includes(origin))
    throw new EditError('forbidden', `this key does not allow requests from ${origin}`)
}
