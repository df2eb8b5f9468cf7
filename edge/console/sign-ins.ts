/** Whether there is a console, and how often one network address may ask for links and try them. */

import type { Context } from 'hono'
import { createMiddleware } from 'hono/factory'
import { EditError } from '../../shared/errors.ts'
import type { App } from '../http/context.ts'

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

/** The client's IPv4 address, or the half of its IPv6 address that one subscriber has. */
export function networkOf(c: Context<App>): string {
  const address = c.req.header('cf-connecting-ip') ?? 'unknown'
  if (!address.includes(':')) return address
  const [head = '', tail] = address.split('::')
  const [first, last] = [head, tail ?? ''].map((part) => part.split(':').filter((g) => g !== ''))
  const zeros = tail === undefined ? 0 : 8 - (first?.length ?? 0) - (last?.length ?? 0)
  const groups = [...(first ?? []), ...Array(Math.max(0, zeros)).fill('0'), ...(last ?? [])]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
