/** The app, top to bottom: request ids, logs, CORS, settings, routes, error handling. */

import { Hono } from 'hono'
import { methodNotAllowed } from 'hono/method-not-allowed'
import { sameOrigin } from './console/same-origin.ts'
import { consoleSession, keepClosed } from './console/session.ts'
import { consoleIsOn } from './console/sign-ins.ts'
import { rejectCompressed } from './http/bodies/compressed.ts'
import type { App } from './http/context.ts'
import { crossOrigin } from './http/cors.ts'
import { observe } from './http/observe.ts'
import { answerNotFound, answerOtherMethods, answerProblem } from './http/problem.ts'
import { account } from './routes/account/account.ts'
import { clientTokens } from './routes/account/client-tokens.ts'
import { keys } from './routes/account/keys.ts'
import { usage } from './routes/account/usage.ts'
import { webhooks } from './routes/account/webhooks.ts'
import { admin } from './routes/admin.ts'
import { billing } from './routes/billing/billing.ts'
import { stripeEvents } from './routes/billing/events.ts'
import { blobs } from './routes/blobs.ts'
import { alerts } from './routes/console/alerts.ts'
import { ownerClientTokens } from './routes/console/client-tokens.ts'
import { session, sessions } from './routes/console/sessions.ts'
import { consoleSignIn } from './routes/console/sign-in.ts'
import { docs } from './routes/docs.ts'
import { createBatch } from './routes/edits/batch.ts'
import { createEdit } from './routes/edits/create.ts'
import { edit } from './routes/edits/edit.ts'
import { follow } from './routes/edits/follow.ts'
import { list } from './routes/edits/list.ts'
import { health } from './routes/health.ts'
import { masks } from './routes/masks.ts'
import { models } from './routes/models.ts'
import { plan } from './routes/plan.ts'
import { playground } from './routes/playground.ts'
import { runs } from './routes/runs.ts'
import { status } from './routes/status.ts'
import { uploads } from './routes/uploads.ts'
import { settingsOf } from './settings/settings.ts'

export const app = new Hono<App>()

app.use(async (c, next) => {
  c.set('requestId', crypto.randomUUID())
  await next()
  c.header('request-id', c.get('requestId'))
})
app.use(observe)
app.use(crossOrigin)
app.use(rejectCompressed)
app.use(methodNotAllowed({ app, onMethodNotAllowed: answerOtherMethods }))
app.use(async (c, next) => {
  c.set('settings', settingsOf(c.env))
  await next()
})

app.route('/', docs)
app.route('/v1/edits', createEdit)
app.route('/v1/edits', createBatch)
app.route('/v1/edits', list)
app.route('/v1/edits', edit)
app.route('/v1/edits', follow)
app.route('/v1/plan', plan)
app.route('/v1/models', models)
app.route('/v1/uploads', uploads)
app.route('/v1/masks', masks)
app.route('/v1/account', account)
app.route('/v1/usage', usage)
app.route('/v1/keys', keys)
app.route('/v1/client-tokens', clientTokens)
app.route('/v1/webhooks', webhooks)
app.route('/v1/billing', billing)
app.route('/stripe', stripeEvents)
app.route('/admin', admin)
// What an account's keys may do through the API, its owner may do here with a session.
app.use('/console/*', consoleIsOn, sameOrigin)
app.route('/console/sign-in', consoleSignIn)
app.use('/console/api/*', consoleSession)
app.route('/console/api/session', session)
app.route('/console/api/sessions', sessions)
// Above are the ways out, which everybody has.
app.use('/console/api/*', keepClosed)
app.route('/console/api/alerts', alerts)
app.route('/console/api/account', account)
app.route('/console/api/usage', usage)
app.route('/console/api/keys', keys)
// In place of the API's own, which is asked with the key that is to pay.
app.route('/console/api/client-tokens', ownerClientTokens)
app.route('/console/api/client-tokens', clientTokens)
app.route('/console/api/webhooks', webhooks)
app.route('/console/api/billing', billing)
app.route('/console/api/edits', list)
app.route('/console/api/edits', edit)
app.route('/blobs', blobs)
app.route('/internal', runs)
app.route('/dev', playground)
app.route('/', health)
app.route('/', status)

app.notFound(answerNotFound)
app.onError(answerProblem)
