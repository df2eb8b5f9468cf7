/** The app, top to bottom: settings, request ids, routes, refusals. */

import { Hono } from 'hono'
import { EditError } from '../shared/errors.ts'
import { type App, type Bindings, readSettings, type Settings } from './env.ts'
import { openApiDocument } from './openapi.ts'
import { answerProblem } from './problem.ts'
import { blobs } from './routes/blobs.ts'
import { edits } from './routes/edits.ts'
import { plan } from './routes/plan.ts'
import { runs } from './routes/runs.ts'

export { EditObject } from './objects/edit.ts'

const app = new Hono<App>()

app.use(async (c, next) => {
  c.set('requestId', crypto.randomUUID())
  c.set('settings', settingsOf(c.env))
  await next()
  c.header('request-id', c.get('requestId'))
})

app.get('/healthz', (c) => c.json({ status: 'ok' }))
app.get('/openapi.json', (c) => c.json(openApiDocument(c.get('settings').PUBLIC_ORIGIN)))
app.route('/v1/edits', edits)
app.route('/v1/plan', plan)
app.route('/blobs', blobs)
app.route('/internal/runs', runs)

app.notFound((c) => {
  throw new EditError('not_found', `there is no route ${c.req.method} ${c.req.path}`)
})
app.onError(answerProblem)

let parsed: Settings | null = null

function settingsOf(env: Bindings): Settings {
  parsed ??= readSettings(env)
  return parsed
}

export default app
