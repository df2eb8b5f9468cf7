/** Bodies are read as they come: one that is compressed is called so, not taken for a broken one. */

import { createMiddleware } from 'hono/factory'
import { EditError } from '../../../shared/errors.ts'
import type { App } from '../context.ts'

/** @throws EditError `invalid_request` for a request with a compressed body */
export const rejectCompressed = createMiddleware<App>(async (c, next) => {
  const encoding = (c.req.header('content-encoding') ?? '').trim().toLowerCase()
  if (encoding !== '' && encoding !== 'identity')
    throw new EditError(
      'invalid_request',
      `the body is compressed (${encoding}); send it without a Content-Encoding`,
    )
  await next()
})
