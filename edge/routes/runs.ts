/**
 * `POST /internal/runs/{runId}/events`: what the worker reports. The bearer belongs to that one
 * run.
 */

import { Hono } from 'hono'
import { parseRequest } from '../../shared/edit.ts'
import { EditError } from '../../shared/errors.ts'
import { RunEvent } from '../../shared/run.ts'
import { readJson } from '../bodies.ts'
import type { App } from '../env.ts'
import { ACCOUNT, editObject } from './edits.ts'

export const runs = new Hono<App>()

runs.post('/:runId/events', async (c) => {
  const runId = c.req.param('runId')
  const match = /^([a-z]+)\.(edit_[0-9a-f]{32})\.(\d+)$/.exec(runId)
  if (match === null || match[1] !== ACCOUNT)
    throw new EditError('not_found', `there is no run ${runId}`)
  const event = parseRequest(RunEvent, await readJson(c))
  const token = (c.req.header('authorization') ?? '').replace(/^Bearer /, '')
  const outcome = await editObject(c.env, match[2] as string).report(Number(match[3]), token, event)
  if (outcome === 'unknown') throw new EditError('not_found', `there is no run ${runId}`)
  if (outcome === 'unauthenticated')
    throw new EditError('unauthenticated', 'the bearer is not that of this run')
  if (outcome === 'stale') throw new EditError('conflict', `run ${runId} is over`)
  return c.body(null, 204)
})
