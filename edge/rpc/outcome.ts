/**
 * What a call to a Durable Object returns: an error loses its class over RPC, so a refusal is a value.
 */

import { EditError, type ErrorCode } from '../../shared/errors.ts'

/** An EditError on its way over RPC. */
export type Refusal = {
  readonly code: ErrorCode
  readonly detail: string
  readonly pointer?: string | undefined
  readonly retryAfter?: number | undefined
}

export type Outcome<T> = { readonly value: T } | { readonly refusal: Refusal }

/** Runs `work`; an {@link EditError} becomes a refusal, a bug stays an error. */
export function refusable<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    const { code, message: detail, pointer, retryAfter } = error
    return { refusal: { code, detail, pointer, retryAfter } }
  }
}

/** The value; a refusal is thrown as the error it was made from. @throws EditError */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  const { code, detail, pointer, retryAfter } = outcome.refusal
  throw new EditError(code, detail, {
    ...(pointer !== undefined && { pointer }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
