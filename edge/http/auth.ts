/**
 * Who is asking: an account key, a client token, or the operator. A genuine key is looked up at its
 * account; the answer is good for 30 seconds, so that a revoked one is dead by then.
 */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import { Recent } from '../../shared/recent.ts'
import { type Credential, readKey, type Scope } from '../access/keys.ts'
import { accountObject } from '../objects/names.ts'
import type { Authority } from '../rpc/account/keys.ts'
import { digest, sameSecret } from '../secrets.ts'
import type { App } from './app.ts'

/** The caller of a request, as far as the isolate knows; the account has the last word on money. */
export type Caller = Authority & { readonly credential: Credential }

const CACHE_MS = 30_000
const CACHE_SIZE = 1000
/** By the digest of the whole key: what is found here is genuine. */
const cache = new Recent<string, { readonly caller: Caller; readonly until: number }>(CACHE_SIZE)

/**
 * Asks for a key with `scope`. @throws EditError `unauthenticated`, `forbidden`, `rate_limited`
 */
export function requireKey(scope: Scope) {
  return createMiddleware<App>(async (c, next) => {
    const caller = await callerOf(c)
    c.set('caller', caller)
    allowOrigin(c, caller)
    if (!caller.scopes.includes(scope))
      throw new EditError('forbidden', `the key lacks the scope ${scope}`)
    if (c.req.method === 'GET' && c.env.READS !== undefined) {
      const { success } = await c.env.READS.limit({ key: caller.credential.id })
      if (!success)
        throw new EditError('rate_limited', 'too many reads with this key', { retryAfter: 10 })
    }
    await next()
  })
}

/** Asks for an account key: a client token does not do. */
export const requireAccountKey = createMiddleware<App>(async (c, next) => {
  if (c.get('caller').client !== null)
    throw new EditError('forbidden', 'a client token may not do this')
  await next()
})

/** Asks for the operator's token, which is no account's key. @throws EditError `unauthenticated` */
export const requireOperator = createMiddleware<App>(async (c, next) => {
  const header = c.req.header('authorization') ?? ''
  if (!(await sameSecret(header, `Bearer ${c.get('settings').OPERATOR_TOKEN}`)))
    throw new EditError('unauthenticated', 'send the operator token as Authorization: Bearer')
  await next()
})

async function callerOf(c: Context<App>): Promise<Caller> {
  const header = c.req.header('authorization') ?? ''
  const text = header.startsWith('Bearer ') ? header.slice('Bearer '.length) : ''
  const name = await digest(text)
  const known = cache.get(name)
  if (known !== undefined && known.until > Date.now()) return known.caller
  cache.delete(name)
  const credential = await readKey(text, c.get('settings').KEY_PEPPERS)
  if (credential === null)
    throw new EditError('unauthenticated', 'send the key as Authorization: Bearer <key>')
  const { region, account } = credential
  const authority = await accountObject(c.env, region, account).authenticate(credential)
  if (authority === null)
    throw new EditError('unauthenticated', 'the key was revoked, has expired, or is not known')
  const caller = { ...authority, credential }
  cache.set(name, { caller, until: Date.now() + CACHE_MS })
  return caller
}

/** Headers that a page may read of our answers. */
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

/** A page of an origin that the account or the token does not list is refused. */
function allowOrigin(c: Context<App>, caller: Caller): void {
  const origin = c.req.header('origin')
  if (origin === undefined) return
  const own = origin === c.get('settings').PUBLIC_ORIGIN
  if (!own && caller.origins !== null && !caller.origins.includes(origin))
    throw new EditError('forbidden', `pages of ${origin} may not use this key`)
  c.header('access-control-allow-origin', origin)
  c.header('access-control-expose-headers', EXPOSED)
  c.header('vary', 'Origin', { append: true })
}

/** Answers what a browser asks before it sends; who may, is judged when the key is there. */
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
