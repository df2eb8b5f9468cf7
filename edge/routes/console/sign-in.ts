/** `/console/sign-in`: an owner asks for a link by mail, and opens it. */

import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { readCookie, writeCookie } from '../../console/cookies.ts'
import { countSignIn } from '../../console/sign-ins.ts'
import { readJson } from '../../http/bodies/json.ts'
import type { App } from '../../http/context.ts'
import { accountObjects } from '../../http/tenant.ts'
import { ownerObject } from '../../objects/names.ts'
import { sendMail } from '../../outbound/mail.ts'
import { randomToken } from '../../secrets.ts'
import { AskForLink, askForLink, signIn } from '../../use-cases/console/sign-in.ts'

const OpenLink = z.strictObject({ token: z.string().max(300) })

/** Answers come after a whole number of these. */
const PACE_MS = 500

/**
 * Hides how long an answer took to make: an object that was never asked before takes longer to wake
 * than one that knows its address.
 */
const paced = createMiddleware<App>(async (_, next) => {
  const start = Date.now()
  await next()
  await scheduler.wait(PACE_MS - ((Date.now() - start) % PACE_MS))
})

export const consoleSignIn = new Hono<App>().use(countSignIn)

/** The answer is the same for every address, and comes at the same pace. */
consoleSignIn.post('/', paced, async (c) => {
  const order = parseRequest(AskForLink, await readJson(c))
  const settings = c.get('settings')
  // A second link of the same browser leaves the first one valid.
  const browser = readCookie(c, 'browser') || randomToken()
  await askForLink(order, browser, `${settings.PUBLIC_ORIGIN}/console/`, {
    ...services(c),
    send: (mail) => sendMail(settings, mail),
  })
  writeCookie(c, 'browser', browser)
  return c.json({ sent: true }, 202)
})

consoleSignIn.post('/open', async (c) => {
  const { token } = parseRequest(OpenLink, await readJson(c))
  const browser = readCookie(c, 'browser')
  const agent = c.req.header('user-agent') ?? ''
  const { TRIAL_CREDIT: credit, TRIALS_PER_DAY: perDay } = c.get('settings')
  const cookie = await signIn(
    token,
    { browser, agent },
    { ...services(c), ...accountObjects(c), trial: { credit, perDay } },
  )
  writeCookie(c, 'session', cookie)
  return c.body(null, 204)
})

function services(c: Context<App>) {
  return {
    owner: (name: string) => ownerObject(c.env, name),
    peppers: c.get('settings').KEY_PEPPERS,
  }
}
