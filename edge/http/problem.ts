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
  const rejection =
    error instanceof EditError ? error : new EditError('internal', 'an unexpected error occurred')
  c.header('content-type', 'application/problem+json')
  c.header('request-id', requestId)
  if (rejection.retryAfter !== undefined) c.header('retry-after', String(rejection.retryAfter))
  if (rejection.code === 'unauthenticated') c.header('www-authenticate', 'Bearer')
  return c.body(JSON.stringify(rejection.problem(requestId)), rejection.status)
}
