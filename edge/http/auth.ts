/**
 * Who is calling: an account key, a client token, or the operator. A genuine key is checked with its
 * account, and the result is cached for 30 seconds at most, so that a revoked key stops working.
 */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import { Recent } from '../../shared/recent.ts'
import { readKey, type Scope } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import { accountObject, ownerObject } from '../objects/names.ts'
import { digest, sameSecret } from '../secrets.ts'
import type { Caller } from '../use-cases/tenant.ts'
import type { App, Owner } from './context.ts'
import { checkOrigin } from './cors.ts'

const CACHE_MS = 30_000
const CACHE_SIZE = 1000
/** By the digest of the whole key, so that only genuine keys are found. */
const cache = new Recent<string, { readonly caller: Caller; readonly until: number }>(CACHE_SIZE)

/** How often an open stream's credential is checked. */
export const CHECK_AGAIN_MS = 3000
/** By account and credential. */
const checks = new Recent<string, { readonly valid: Promise<boolean>; readonly until: number }>(
  CACHE_SIZE,
)

/** Requires a key with `scope`. @throws EditError `unauthenticated`, `forbidden`, `rate_limited` */
export function requireKey(scope: Scope) {
  return createMiddleware<App>(async (c, next) => {
    // A route of the console has its caller by now: the owner (console/session.ts).
    const caller = c.get('caller') ?? (await callerOf(c))
    c.set('caller', caller)
    checkOrigin(c, caller)
    if (!caller.scopes.includes(scope))
      throw new EditError('forbidden', `the key lacks the scope ${scope}`)
    if (c.req.method === 'GET') await count(c, 'READS', 'reads')
    await next()
  })
}

/** Counts plans of a key, before their bodies are read. @throws EditError `rate_limited` */
export const countPlan = createMiddleware<App>(async (c, next) => {
  await count(c, 'PLANS', 'plans')
  await next()
})

/** The limits of wrangler.toml are for ten seconds. */
const PERIOD_SECONDS = 10

async function count(c: Context<App>, limit: 'READS' | 'PLANS', what: string): Promise<void> {
  const { id } = c.get('caller').credential
  const counted = await c.env[limit]?.limit({ key: id })
  if (counted?.success === false)
    throw new EditError('rate_limited', `too many ${what} with this key`, {
      retryAfter: PERIOD_SECONDS,
    })
}

/**
 * Whether the caller's credential is valid still, asked of the account: for responses that go on for
 * longer than an authority is cached. Streams of one credential share a check.
 */
export async function stillValid({ credential }: Caller, env: Bindings): Promise<boolean> {
  const { region, account, id } = credential
  const name = `${account} ${id}`
  const known = checks.get(name)
  if (known !== undefined && known.until > Date.now()) return known.valid
  const check = {
    until: Date.now() + CHECK_AGAIN_MS,
    valid: accountObject(env, region, account)
      .authenticate(credential)
      .then((authority) => authority !== null),
  }
  checks.set(name, check)
  return check.valid
}

/** {@link stillValid} of a key; of an owner in the console, whether their session is open still. */
export async function mayStillRead(c: Context<App>): Promise<boolean> {
  // Set below /console/api alone.
  const owner: Owner | undefined = c.get('owner')
  if (owner === undefined) return stillValid(c.get('caller'), c.env)
  const open = await ownerObject(c.env, owner.name).sessions()
  return open.some(({ id }) => id === owner.session)
}

/** Requires an account key: client tokens are rejected. */
export const requireAccountKey = createMiddleware<App>(async (c, next) => {
  if (c.get('caller').client !== null)
    throw new EditError(
      'forbidden',
      'a client token cannot be used for this request; use an account key',
    )
  await next()
})

/** Requires the operator's token, which is no account's key. @throws EditError `unauthenticated` */
export const requireOperator = createMiddleware<App>(async (c, next) => {
  if (!(await sameSecret(bearerOf(c), c.get('settings').OPERATOR_TOKEN)))
    throw new EditError('unauthenticated', 'send the operator token as Authorization: Bearer')
  await next()
})

/** The credential of `Authorization: Bearer`, '' where there is none; the scheme has no letter case. */
export function bearerOf(c: Context<App>): string {
  return /^bearer +(.*)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
}

async function callerOf(c: Context<App>): Promise<Caller> {
  const text = bearerOf(c)
  const name = await digest(text)
  const known = cache.get(name)
  if (known !== undefined && known.until > Date.now()) return known.caller
  cache.delete(name)
  const credential = await readKey(text, c.get('settings').KEY_PEPPERS)
  if (credential === null)
    throw new EditError(
      'unauthenticated',
      text === ''
        ? 'send the key as Authorization: Bearer <key>'
        : 'the key is damaged, or not one of this service',
    )
  const { region, account } = credential
  const authority = await accountObject(c.env, region, account).authenticate(credential)
  if (authority === null)
    throw new EditError('unauthenticated', 'the key was revoked, has expired, or is not known')
  const caller = { ...authority, credential }
  cache.set(name, { caller, until: Date.now() + CACHE_MS })
  return caller
}
