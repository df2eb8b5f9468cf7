/**
 * Requests under an Idempotency-Key: fingerprints them and requires the key of live keys. The
 * account keeps the answers.
 */

import { EditError } from '../../shared/errors.ts'
import type { Once, StoredResponse } from '../rpc/account/idempotency.ts'
import { type Outcome, unwrap } from '../rpc/outcome.ts'
import { digest, seal, unseal } from '../secrets.ts'
import type { Account, Caller } from './tenant.ts'

/** A request that may be repeated. */
export type Repeatable = {
  /** The Idempotency-Key; null where the request carries none. */
  readonly key: string | null
  /** Caller, method and path, so that equal keys never collide. */
  readonly scope: string
  /** This very request: it may use a lease that it holds. */
  readonly holder: string
}

/**
 * The request with its fingerprint; null without an Idempotency-Key. Files count by their digests,
 * never by the bytes of the body: form boundaries change when a request is sent again.
 *
 * @throws EditError `idempotency_key_missing` for live keys
 */
export async function onceOf(
  { credential }: Caller,
  { key, scope, holder }: Repeatable,
  fields: unknown,
  files: readonly (Uint8Array | null)[] = [],
): Promise<Once | null> {
  if (key === null) {
    if (credential.mode === 'test') return null
    throw new EditError(
      'idempotency_key_missing',
      'live keys require an Idempotency-Key on this request, such as a UUID; send the same one with every retry',
    )
  }
  const digests = await Promise.all(files.map((file) => (file === null ? null : digest(file))))
  return { scope, key, holder, fingerprint: await digest(canonical([fields, digests])) }
}

/** JSON with sorted keys: equal values give equal text. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** Who creates something in which account, and the secret that seals the stored response. */
export type Creation = {
  readonly caller: Caller
  readonly account: Account
  readonly request: Repeatable
  readonly sealingSecret: string
}

/** The response: of this request, or the one stored for an earlier equal request. */
export type Created<T> = { readonly answer: T; readonly replayed: boolean }

/** Creates something in the account, once. Responses may contain secrets, so they are stored sealed. */
export async function createOnce<T extends object>(
  { caller, request, sealingSecret }: Creation,
  fields: unknown,
  create: (once: Once | null, response: string) => Promise<Outcome<StoredResponse>>,
  answer: T,
): Promise<Created<T>> {
  const once = await onceOf(caller, request, fields)
  const sealed = await seal(sealingSecret, JSON.stringify(answer))
  const { response, replayed } = unwrap(await create(once, sealed))
  return { replayed, answer: JSON.parse(await unseal(sealingSecret, response)) as T }
}
