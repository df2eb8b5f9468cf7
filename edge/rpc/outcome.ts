/**
 * What a call to a Durable Object returns: an error loses its class over RPC, so a rejection is a value.
 */

import { EditError, type ErrorCode } from '../../shared/errors.ts'

/** An EditError on its way over RPC. */
export type Rejection = {
  readonly code: ErrorCode
  readonly detail: string
  readonly pointer?: string | undefined
  readonly retryAfter?: number | undefined
}

export type Outcome<T> = { readonly value: T } | { readonly rejection: Rejection }

/** Runs `work`; an {@link EditError} becomes a rejection, a bug stays an error. */
export function outcomeOf<T>(work: () => T): Outcome<T> {
  try {
    return { value: work() }
  } catch (error) {
    if (!(error instanceof EditError)) throw error
    const { code, message: detail, pointer, retryAfter } = error
    return { rejection: { code, detail, pointer, retryAfter } }
  }
}

/** The value; a rejection is thrown as the error it was made from. @throws EditError */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  const { code, detail, pointer, retryAfter } = outcome.rejection
  throw new EditError(code, detail, {
    ...(pointer !== undefined && { pointer }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
