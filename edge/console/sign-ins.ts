/** Whether there is a console, and how often one network address may ask for links and try them. */

import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/context.ts'
import { networkOf } from '../http/headers.ts'

/** Nobody can sign in without mails, so there is no console without them. @throws EditError `not_found` */
export const consoleIsOn = createMiddleware<App>(async (c, next) => {
  if (c.get('settings').MAIL === 'off')
    throw new EditError(
      'not_found',
      'the console is off: its operator has configured no mail provider (setting MAIL)',
    )
  await next()
})

/** The limit of wrangler.toml is for a minute. */
const PERIOD_SECONDS = 60

/** Counts what is asked of the sign-in. @throws EditError `rate_limited` */
export const countSignIn = createMiddleware<App>(async (c, next) => {
  // Without it, nothing would limit how many addresses one machine can have mailed.
  if (c.env.SIGN_INS === undefined) throw new Error('SIGN_INS is not bound')
  const { success } = await c.env.SIGN_INS.limit({ key: networkOf(c) })
  if (!success)
    throw new EditError('rate_limited', 'too many sign-ins from this network', {
      retryAfter: PERIOD_SECONDS,
    })
  await next()
})
