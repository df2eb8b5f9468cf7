/**
 * `/internal`: the workers' events, and RunPod's webhook. The bearer belongs to one run; the webhook
 * only makes the edit poll.
 */

import { Hono } from 'hono'
import { parseRequest } from '../../shared/edit/parse-request.ts'
import { EditError } from '../../shared/errors.ts'
import { RunEvent } from '../../shared/run.ts'
import { isEditIdOf } from '../access/keys.ts'
import { isRunPodToken } from '../dispatch/runpod.ts'
import { bearerOf } from '../http/auth.ts'
import { readJson } from '../http/bodies/json.ts'
import type { App } from '../http/context.ts'
import { editObject, parseRunId, type RunName } from '../objects/names.ts'
import type { Settings } from '../settings/settings.ts'

export const runs = new Hono<App>()

runs.post('/runs/:runId/events', async (c) => {
  const run = await runOf(c.req.param('runId'), c.get('settings'))
  // An edit's record says by null what was not found.
  const event = parseRequest(RunEvent, await readJson(c, { keepNulls: true }))
  const token = bearerOf(c)
  const stub = editObject(c.env, run.region, run.account, run.edit)
  const outcome = await stub.report(run.attempt, token, event)
  if (outcome === 'unknown') throw new EditError('not_found', 'there is no such run')
  if (outcome === 'unauthenticated')
    throw new EditError('unauthenticated', 'the bearer token does not belong to this run')
  if (outcome === 'stale') throw new EditError('conflict', 'the run is over')
  return c.body(null, 204)
})

runs.post('/runpod/:runId', async (c) => {
  const { runId } = c.req.param()
  const settings = c.get('settings')
  if (!(await isRunPodToken(settings, runId, c.req.query('token') ?? '')))
    throw new EditError('unauthenticated', 'the webhook token does not belong to this run')
  const run = await runOf(runId, settings)
  // The body is ignored: anybody who saw the URL could have sent it.
  await c.req.raw.body?.cancel()
  await editObject(c.env, run.region, run.account, run.edit).wake()
  return c.body(null, 200)
})

/** @throws EditError `not_found` for an id that we did not make, without a Durable Object call */
async function runOf(runId: string, settings: Settings): Promise<RunName> {
  const run = parseRunId(runId)
  if (run === null || !(await isEditIdOf(run.edit, run, settings.KEY_PEPPERS)))
    throw new EditError('not_found', 'there is no such run')
  return run
}
