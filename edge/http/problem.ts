/** Errors as problem+json. */

import type { Context } from 'hono'
import { EditError } from '../../shared/errors.ts'
import type { App } from './context.ts'

/** Hono's error handler. Client errors return details; unexpected errors only the request id. */
export function answerProblem(error: Error, c: Context<App>): Response {
  const requestId = c.get('requestId')
  if (!(error instanceof EditError))
    console.error(
      JSON.stringify({
        message: 'request failed',
        requestId,
        path: c.req.path,
        error: error.stack,
      }),
    )
  const refusal =
    error instanceof EditError ? error : new EditError('internal', 'an unexpected error occurred')
  c.header('content-type', 'application/problem+json')
  c.header('request-id', requestId)
  if (refusal.retryAfter !== undefined) c.header('retry-after', String(refusal.retryAfter))
  if (refusal.code === 'unauthenticated') c.header('www-authenticate', 'Bearer')
  return c.body(JSON.stringify(refusal.problem(requestId)), refusal.status)
}
