/** The `Idempotency-Key` header, and responses to what is created under it. */

import type { Context } from 'hono'
import type { Payer } from '../use-cases/billing/paying.ts'
import { type Created, type Creation, onceOf, type Repeatable } from '../use-cases/idempotency.ts'
import type { App, Owner } from './context.ts'
import { accountOf } from './tenant.ts'

/** What identifies the request. */
export function repeatable(c: Context<App>, key: string | undefined): Repeatable {
  const { client, credential } = c.get('caller')
  const account = credential.mode === 'live' ? 'account' : 'test'
  return {
    key: key ?? null,
    scope: JSON.stringify([client ?? account, c.req.method, c.req.path]),
    holder: c.get('requestId'),
  }
}

/** What creating something in the caller's account needs. */
export function creationOf(c: Context<App>, key: string | undefined): Creation {
  return {
    caller: c.get('caller'),
    account: accountOf(c),
    request: repeatable(c, key),
    sealingSecret: c.get('settings').SEALING_SECRET,
  }
}

/** The caller's account as the one that pays. Only an owner has an address for receipts. */
export function payerOf(c: Context<App>): Payer {
  const caller = c.get('caller')
  const { region, account } = caller.credential
  return {
    account: accountOf(c),
    name: { region, account },
    // Set below /console/api alone.
    email: (c.get('owner') as Owner | undefined)?.email ?? null,
    once: (fields) => onceOf(caller, repeatable(c, c.req.header('idempotency-key')), fields),
  }
}

/** The response of a create, marked where it was stored for an earlier equal request. */
export function answerOf<T>(c: Context<App>, { answer, replayed }: Created<T>): T {
  if (replayed) c.header('idempotency-replayed', 'true')
  return answer
}
