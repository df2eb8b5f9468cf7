/**
 * `Idempotency-Key` at the door: what a request is told by, and whether it has to carry one. The
 * answers are kept by the account.
 */

import type { Context } from 'hono'
import { EditError } from '../../shared/errors.ts'
import { accountObject } from '../objects/names.ts'
import type { Once, StoredResponse } from '../rpc/account/idempotency.ts'
import { type Outcome, unwrap } from '../rpc/outcome.ts'
import { digest, seal, unseal } from '../secrets.ts'
import type { App } from './app.ts'
import type { Caller } from './auth.ts'

const MAX_KEY_LENGTH = 255

/**
 * What makes this request the same as an earlier one, or null where it carries no key. Files count
 * by their digests, never by the bytes of the body: boundaries change when a form is sent again.
 *
 * @throws EditError `idempotency_key_missing` for live keys, `invalid_request`
 */
export async function onceOf(
  c: Context<App>,
  fields: unknown,
  files: readonly (Uint8Array | null)[] = [],
): Promise<Once | null> {
  const { credential, client } = c.get('caller')
  const key = c.req.header('idempotency-key')
  if (key === undefined) {
    if (credential.mode === 'test') return null
    throw new EditError(
      'idempotency_key_missing',
      'live keys need an Idempotency-Key here, such as a UUID, and the same one at every retry',
    )
  }
  if (key.length === 0 || key.length > MAX_KEY_LENGTH)
    throw new EditError('invalid_request', `Idempotency-Key has 1 to ${MAX_KEY_LENGTH} characters`)
  const digests = await Promise.all(files.map((file) => (file === null ? null : digest(file))))
  return {
    scope: JSON.stringify([client ?? 'account', c.req.method, c.req.path]),
    key,
    fingerprint: await digest(canonical([fields, digests])),
    holder: c.get('requestId'),
  }
}

/** JSON with sorted keys: equal values give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** The account of a caller. */
export function accountOf(c: Context<App>, caller: Caller = c.get('caller')) {
  return accountObject(c.env, caller.credential.region, caller.credential.account)
}

/**
 * Creates something in the caller's account, once, and responds 201 with `answer`. Responses may
 * contain secrets, so they are stored sealed.
 */
export async function createOnce(
  c: Context<App>,
  fields: unknown,
  create: (once: Once | null, response: string) => Promise<Outcome<StoredResponse>>,
  answer: object,
): Promise<Response> {
  const { SEALING_SECRET } = c.get('settings')
  const once = await onceOf(c, fields)
  const sealed = await seal(SEALING_SECRET, JSON.stringify(answer))
  const { response, replayed } = unwrap(await create(once, sealed))
  if (replayed) c.header('idempotency-replayed', 'true')
  return c.json(JSON.parse(await unseal(SEALING_SECRET, response)), 201)
}
