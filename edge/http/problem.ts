/** Errors as problem+json. */

import type { Context } from 'hono'
import { EditError, linked } from '../../shared/errors.ts'
import type { Settings } from '../settings/settings.ts'
import type { App } from './context.ts'

/** Hono's handler of paths that have no route. */
export function answerNotFound(c: Context<App>): Response {
  return answerProblem(new EditError('not_found', `there is no route ${routeOf(c)}`), c)
}

/** For a path that has routes, but of other methods. */
export function answerOtherMethods(c: Context<App>, methods: readonly string[]): Response {
  const allow = methods.join(', ')
  c.header('allow', allow)
  return answerProblem(
    new EditError('method_not_allowed', `there is no route ${routeOf(c)}, only ${allow}`),
    c,
  )
}

function routeOf(c: Context<App>): string {
  return `${c.req.method} ${c.req.path}`
}

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
  const problem = rejection.problem(requestId)
  // Without valid settings, the edge does not know its own origin.
  const settings: Settings | undefined = c.get('settings')
  const sent = settings === undefined ? problem : linked(problem, settings.PUBLIC_ORIGIN)
  return c.body(JSON.stringify(sent), rejection.status)
}
