/**
 * Who asks the console's API: the owner of an account, by the cookie of a session. Mounted above every
 * route that needs one; the routes below find the owner in `c.get('owner')` and their account as that
 * of any caller.
 */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import { scopes } from '../access/keys.ts'
import { readSessionCookie, sessionCookie } from '../access/sign-in.ts'
import type { App, Owner } from '../http/context.ts'
import { accountObject, ownerObject } from '../objects/names.ts'
import type { Caller } from '../use-cases/tenant.ts'
import { dropCookie, readCookie, writeCookie } from './cookies.ts'

/**
 * Requires a session, which its object is asked about on every request: a revoked one ends at once.
 *
 * @throws EditError `unauthenticated`
 */
export const consoleSession = createMiddleware<App>(async (c, next) => {
  const owner = await ownerIn(c)
  c.set('owner', owner)
  c.set('caller', callerFor(owner))
  await next()
  // Nothing of an account stays in a cache, of the browser or on the way.
  c.header('cache-control', 'no-store')
})

/**
 * Lets the owner of a closed account read, and change nothing. The account is asked on every request,
 * so that its closing counts at once.
 *
 * @throws EditError `forbidden`
 */
export const keepClosed = createMiddleware<App>(async (c, next) => {
  const { account, region } = c.get('owner')
  if (!['GET', 'HEAD'].includes(c.req.method)) {
    const state = await accountObject(c.env, region, account).describe()
    if (state === null || state.closedAt !== null)
      throw new EditError(
        'forbidden',
        `account ${account} is closed: its owner can read it and change nothing; for anything else, write to the operator of this service`,
      )
  }
  await next()
})

async function ownerIn(c: Context<App>): Promise<Owner> {
  const { KEY_PEPPERS } = c.get('settings')
  const cookie = await readSessionCookie(readCookie(c, 'session'), KEY_PEPPERS)
  const open = cookie && (await ownerObject(c.env, cookie.owner).session(cookie))
  if (cookie === null || open === null) {
    dropCookie(c, 'session')
    throw new EditError('unauthenticated', 'sign in to the console')
  }
  if (open.renew !== null)
    writeCookie(
      c,
      'session',
      await sessionCookie(cookie.owner, cookie.secret, open.renew, KEY_PEPPERS),
    )
  const { id: account, region } = open.account
  return { name: cookie.owner, session: open.id, email: open.address, account, region }
}

/** An owner may do all that a key may, except to create edits: that takes a key that pays. */
function callerFor({ account, region, session }: Owner): Caller {
  return {
    key: null,
    client: null,
    scopes,
    models: null,
    maxSteps: null,
    // Other sites are kept out by same-origin.ts.
    origins: null,
    credential: { kind: 'key', mode: 'live', region, account, id: session, hash: '' },
  }
}
