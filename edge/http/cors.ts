/** CORS: what a page may read and send, and the origins that a key may be used from. */

import type { Context } from 'hono'
import { cors } from 'hono/cors'
import { EditError } from '../../shared/errors.ts'
import type { Caller } from '../use-cases/tenant.ts'
import type { App } from './context.ts'

/**
 * Lets pages of any origin read every response, errors included: a page that cannot see a 401 takes it
 * for a lost connection. There are no cookies, so a page sees nothing without a credential of its own.
 */
export const crossOrigin = cors({
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

/** Limits a key to its origins. @throws EditError `forbidden` for an origin that is not listed */
export function checkOrigin(c: Context<App>, caller: Caller): void {
  const origin = c.req.header('origin')
  if (origin === undefined || origin === c.get('settings').PUBLIC_ORIGIN) return
  if (caller.origins !== null && !caller.origins.includes(origin))
    throw new EditError('forbidden', `this key does not allow requests from ${origin}`)
}
