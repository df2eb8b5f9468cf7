/**
 * What a call between objects answers: errors lose their class on the way, so refusals are values.
 */

import { EditError, type ErrorCode } from '../../shared/errors.ts'

/** A refusal that crosses from an object to the Worker. */
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

/** The value, or the refusal as the error that it was. @throws EditError */
export function unwrap<T>(outcome: Outcome<T>): T {
  if ('value' in outcome) return outcome.value
  const { code, detail, pointer, retryAfter } = outcome.refusal
  throw new EditError(code, detail, {
    ...(pointer !== undefined && { pointer }),
    ...(retryAfter !== undefined && { retryAfter }),
  })
}
