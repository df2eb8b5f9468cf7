/** The worker's HTTP contract: runs by id, masks, health, nothing else. Knows no model. */

import type { KeyObject } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { z } from 'zod'
import { parseRequest } from '../shared/edit/parse-request.ts'
import { EditError } from '../shared/errors.ts'
import { MaskJob } from '../shared/mask-request.ts'
import { RunRequest } from '../shared/run.ts'
import { SIGNATURE_HEADER, type SignedMethod } from '../shared/run-signature.ts'
import type { Metrics } from './metrics.ts'
import type { Runs } from './runs.ts'
import type { MaskLane } from './sam/mask-lane.ts'
import { checkSignature } from './signature.ts'

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
  /** Null where no segmenter is installed. */
  masks: MaskLane | null
  readonly health: Health
  /** Compute type and fingerprint of every checkpoint that is loaded. */
  checkpoints: Readonly<Record<string, { readonly compute: string; readonly fingerprint: string }>>
}

/** The app. @param keys one of them has to have signed whatever is asked below `/v1` */
export function createServer(
  state: ServerState,
  keys: readonly KeyObject[],
  metrics: Metrics,
): Hono {
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

  app.get('/metrics', async (c) =>
    c.body(await metrics.text(), 200, { 'content-type': metrics.contentType }),
  )

  const check = (c: Context, method: SignedMethod, runId: string, body = '') =>
    checkSignature(keys, c.req.header(SIGNATURE_HEADER), method, runId, body)
  app.put(
    '/v1/runs/:runId',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }),
    async (c) => {
      const { runId } = c.req.param()
      const body = await c.req.text()
      check(c, 'PUT', runId, body)
      return c.json(ready().start(runId, readRunRequest(body)), 202)
    },
  )
  app.get('/v1/runs/:runId', (c) => {
    const { runId } = c.req.param()
    check(c, 'GET', runId)
    return c.json(found(ready().get(runId), runId))
  })
  app.post('/v1/runs/:runId/cancel', (c) => {
    const { runId } = c.req.param()
    check(c, 'CANCEL', runId)
    return c.json(found(ready().cancel(runId), runId))
  })

  app.post(
    '/v1/masks/:id',
    bodyLimit({ maxSize: MAX_BODY_BYTES, onError: tooLarge }),
    async (c) => {
      const body = await c.req.text()
      check(c, 'MASK', c.req.param('id'), body)
      ready()
      if (state.masks === null)
        throw new EditError('model_unavailable', 'this worker has no segmenter', {
          retryAfter: 3600,
        })
      return c.json(await state.masks.find(readBody(MaskJob, body)))
    },
  )

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

/** The run in a signed body. @throws EditError `invalid_request` and the like */
export function readRunRequest(body: string): RunRequest {
  return readBody(RunRequest, body)
}

function readBody<T extends z.ZodType>(schema: T, body: string): z.infer<T> {
  try {
    return parseRequest(schema, JSON.parse(body))
  } catch (error) {
    if (error instanceof SyntaxError) throw new EditError('invalid_request', 'the body is not JSON')
    throw error
  }
}
