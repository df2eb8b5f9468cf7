/** The worker's HTTP contract: runs by id, health, nothing else. Knows no model. */

import { createHash, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { parseRequest } from '../shared/edit.ts'
import { EditError } from '../shared/errors.ts'
import { RunRequest } from '../shared/run.ts'
import type { Runs } from './runs.ts'

/** What `/health` tells. */
export type Health = {
  readonly provider: string
  readonly models: readonly string[]
  readonly versions: Readonly<Record<string, string>>
}

/** Index maps of the largest grid are about 100 KB as JSON. */
const MAX_BODY_BYTES = 2_000_000

/** What the server needs; `runs` is null while the models are loading. */
export type ServerState = {
  runs: Runs | null
  readonly health: Health
  /** Compute type and fingerprint of every checkpoint that is loaded. */
  checkpoints: Readonly<Record<string, { readonly compute: string; readonly fingerprint: string }>>
}

/** The app. @param token bearer that `/v1` asks for */
export function createServer(state: ServerState, token: string): Hono {
  const app = new Hono()
  const ready = (): Runs => {
    if (state.runs === null)
      throw new EditError('model_unavailable', 'the models are still loading', { retryAfter: 1 })
    return state.runs
  }
  const found = <T>(run: T | null, runId: string): T => {
    if (run === null) throw new EditError('not_found', `there is no run ${runId}`)
    return run
  }

  // Load balancers ask this one: 200 takes traffic, 204 is still starting.
  app.get('/ping', (c) => c.body(null, state.runs === null ? 204 : 200))
  app.get('/health', (c) =>
    c.json({
      status: state.runs === null ? 'starting' : state.runs.busy ? 'busy' : 'ready',
      ...state.health,
      checkpoints: state.checkpoints,
    }),
  )

  app.use('/v1/*', async (c, next) => {
    if (!sameSecret(c.req.header('authorization') ?? '', `Bearer ${token}`))
      throw new EditError('unauthenticated', 'the bearer is missing or wrong')
    await next()
  })
  app.put(
    '/v1/runs/:runId',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }),
    async (c) => {
      const body = await c.req.json().catch(() => {
        throw new EditError('invalid_request', 'the body is not JSON')
      })
      return c.json(ready().start(c.req.param('runId'), parseRequest(RunRequest, body)), 202)
    },
  )
  app.get('/v1/runs/:runId', (c) => {
    const { runId } = c.req.param()
    return c.json(found(ready().get(runId), runId))
  })
  app.post('/v1/runs/:runId/cancel', (c) => {
    const { runId } = c.req.param()
    return c.json(found(ready().cancel(runId), runId))
  })

  app.notFound(() => {
    throw new EditError('not_found', 'there is no such route')
  })
  app.onError((error) => {
    if (!(error instanceof EditError))
      console.error(JSON.stringify({ message: 'request failed', error: error.stack }))
    const refusal =
      error instanceof EditError ? error : new EditError('internal', 'the worker failed to answer')
    const headers = new Headers({ 'content-type': 'application/problem+json' })
    if (refusal.retryAfter !== undefined) headers.set('retry-after', String(refusal.retryAfter))
    return new Response(JSON.stringify(refusal.problem()), { status: refusal.status, headers })
  })
  return app
}

function tooLarge(): never {
  throw new EditError('invalid_request', `the body has more than ${MAX_BODY_BYTES} bytes`)
}

/** Compares in constant time; hashing first makes the lengths equal. */
function sameSecret(given: string, wanted: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(wanted))
}
