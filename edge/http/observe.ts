/**
 * One log line and one metric per request: its route, status and duration, never a key, a prompt, a
 * query or a picture. A deployed Worker's clock stands still between I/O, so times are of I/O.
 */

import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { App } from './context.ts'

export const observe = createMiddleware<App>(async (c, next) => {
  const start = Date.now()
  await next()
  const milliseconds = Date.now() - start
  // The route, not the path: ids and signed keys stay out of the log.
  const route = `${c.req.method} ${routePath(c, -1)}`
  const { status } = c.res
  const account = c.var.caller?.credential.account ?? ''
  console.log(
    JSON.stringify({
      message: 'request',
      requestId: c.get('requestId'),
      route,
      status,
      milliseconds,
      account,
    }),
  )
  c.env.METRICS?.writeDataPoint({
    indexes: [account],
    blobs: [route, String(status)],
    doubles: [milliseconds],
  })
  c.header('server-timing', `io;dur=${milliseconds}`)
})
