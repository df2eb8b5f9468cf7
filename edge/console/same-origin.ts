/** Keeps other sites from using an owner's cookie: what changes something has to come from our pages. */

import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/context.ts'

/**
 * Every browser sends `Origin` with what is not a GET or HEAD, and newer ones `Sec-Fetch-Site` too. One
 * that says otherwise, or nothing, is refused; so is a read for another site's page.
 *
 * @throws EditError `forbidden`
 */
export const sameOrigin = createMiddleware<App>(async (c, next) => {
  const origin = c.req.header('origin')
  const site = c.req.header('sec-fetch-site')
  const changes = !['GET', 'HEAD'].includes(c.req.method)
  const isOurs = origin === c.get('settings').PUBLIC_ORIGIN
  if (changes && !isOurs)
    throw new EditError('forbidden', `requests from ${origin ?? 'no origin'} change nothing here`)
  // `none` is the address bar, which only reads.
  if (site !== undefined && site !== 'same-origin' && (changes || site !== 'none'))
    throw new EditError('forbidden', `requests from another site (${site}) are refused here`)
  await next()
})
