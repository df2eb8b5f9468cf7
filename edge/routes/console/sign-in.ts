/** `/console/sign-in`: an owner asks for a link by mail, and opens it. */

import { type Context, Hono } from 'hono'
import { createMiddleware } from 'hono/factory'
import { z } from 'zod'
import { parseRequest } from '../../../shared/edit/parse-request.ts'
import { readCookie, writeCookie } from '../../console/cookies.ts'
import { countSignIn } from '../../console/sign-ins.ts'
import { readJson } from '../../http/bodies/json.ts'
import type { App } from '../../http/context.ts'
import { networkOf } from '../../http/headers.ts'
import { accountObjects } from '../../http/tenant.ts'
import { ownerObject } from '../../objects/names.ts'
import { sendMail } from '../../outbound/mail.ts'
import { randomToken } from '../../secrets.ts'
import { AskForLink, askForLink, regionsFor, signIn } from '../../use-cases/console/sign-in.ts'

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

/** An address and a region, or a token: nothing longer. */
const MAX_BYTES = 10_000

function readSignIn(c: Context<App>) {
  return readJson(c, { limit: MAX_BYTES, owner: { use: 'sign-in', network: networkOf(c) } })
}

export const consoleSignIn = new Hono<App>()

/** What the page offers. */
consoleSignIn.get('/', (c) =>
  c.json({ regions: regionsFor(c.get('settings').BUCKET_JURISDICTION) }),
)

consoleSignIn.use(countSignIn)

/** The answer is the same for every address, and comes at the same pace. */
consoleSignIn.post('/', paced, async (c) => {
  const order = parseRequest(AskForLink, await readSignIn(c))
  const settings = c.get('settings')
  // A second link of the same browser leaves the first one valid.
  const browser = readCookie(c, 'browser') || randomToken()
  const cookies = { browser, known: readCookie(c, 'known') }
  await askForLink(order, cookies, `${settings.PUBLIC_ORIGIN}/console/`, {
    ...services(c),
    bucketIn: settings.BUCKET_JURISDICTION,
    send: (mail) => sendMail(settings, mail),
  })
  writeCookie(c, 'browser', browser)
  return c.json({ sent: true }, 202)
})

consoleSignIn.post('/open', async (c) => {
  const { token } = parseRequest(OpenLink, await readSignIn(c))
  const cookies = { browser: readCookie(c, 'browser'), known: readCookie(c, 'known') }
  const agent = c.req.header('user-agent') ?? ''
  const { TRIAL_CREDIT: credit, TRIALS_PER_DAY: perDay } = c.get('settings')
  const { session, known } = await signIn(
    token,
    { ...cookies, agent },
    { ...services(c), ...accountObjects(c), trial: { credit, perDay } },
  )
  writeCookie(c, 'session', session)
  writeCookie(c, 'known', known)
  return c.body(null, 204)
})

function services(c: Context<App>) {
  return {
    owner: (name: string) => ownerObject(c.env, name),
    peppers: c.get('settings').KEY_PEPPERS,
  }
}
