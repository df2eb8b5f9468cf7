/** Who is asking: for now the one development key. */

import { createMiddleware } from 'hono/factory'
import { EditError } from '../shared/errors.ts'
import type { App } from './env.ts'
import { sameSecret } from './secrets.ts'

/** Asks for `Authorization: Bearer <API_KEY>`. @throws EditError `unauthenticated` */
export const requireKey = createMiddleware<App>(async (c, next) => {
  const header = c.req.header('authorization') ?? ''
  const { API_KEY } = c.get('settings')
  if (!(await sameSecret(header, `Bearer ${API_KEY}`)))
    throw new EditError('unauthenticated', 'send the API key as Authorization: Bearer <key>')
  await next()
})
