/** The worker's HTTP server: runs, masks, health, metrics. Knows nothing of backbones. */

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
import type { checkpointOf } from './versions.ts'

/** The fixed part of the `/health` response. */
export type Health = {
  readonly provider: string
  readonly models: readonly string[]
  readonly versions: Readonly<Record<string, string>>
}

/** Index maps of the largest grid are about 100 KB as JSON. */
const MAX_BODY_BYTES = 2_000_000

/** What the server serves; `runs` is null while the models are loading. */
export type ServerState = {
  runs: Runs | null
  /** Null without a segmenter. */
  masks: MaskLane | null
  readonly health: Health
  /** What is shown of every checkpoint that is loaded. */
  checkpoints: Readonly<Record<string, ReturnType<typeof checkpointOf>>>
}

/** The app. @param keys requests under `/v1` must be signed with one of them */
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

  // For load balancers: 200 accepts traffic, 204 is still starting.
  app.get('/ping', (c) => c.body(null, state.runs === null ? 204 : 200))
  app.get('/health', (c) =>
    c.json({
      status: state.runs === null ? 'starting' : state.runs.busy ? 'busy' : 'ready',
      ...state.health,
      checkpoints: state.checkpoints,
      ...(state.runs !== null && { lanes: state.runs.lanes }),
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
        throw new EditError(
          'model_unavailable',
          'this worker cannot find masks: SAM is not configured',
          {
            retryAfter: 3600,
          },
        )
      return c.json(await state.masks.find(readBody(MaskJob, body)))
    },
  )

  app.notFound(() => {
    throw new EditError('not_found', 'this route does not exist')
  })
  app.onError((error) => {
    if (!(error instanceof EditError))
      console.error(JSON.stringify({ message: 'request failed', error: error.stack }))
    const problem =
      error instanceof EditError
        ? error
        : new EditError('internal', 'unexpected error in the worker')
    const headers = new Headers({ 'content-type': 'application/problem+json' })
    if (problem.retryAfter !== undefined) headers.set('retry-after', String(problem.retryAfter))
    return new Response(JSON.stringify(problem.problem()), { status: problem.status, headers })
  })
  return app
}

function tooLarge(): never {
  throw new EditError('invalid_request', `the request body is larger than ${MAX_BODY_BYTES} bytes`)
}

/** Parses the body of a run. @throws EditError `invalid_request` and others of the schema */
export function readRunRequest(body: string): RunRequest {
  return readBody(RunRequest, body)
}

function readBody<T extends z.ZodType>(schema: T, body: string): z.infer<T> {
  try {
    return parseRequest(schema, JSON.parse(body))
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new EditError('invalid_request', 'the request body is not JSON')
    throw error
  }
}
