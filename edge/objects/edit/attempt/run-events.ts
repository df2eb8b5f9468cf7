/** What a run's events do to its edit. */

import type { ErrorCode } from '../../../../shared/errors.ts'
import type { RunEvent } from '../../../../shared/run.ts'
import { type OpenEdit, openStatuses } from '../../../rpc/edit/state.ts'
import { faultPoint } from '../../fault-points.ts'
import type { EditContext } from '../context.ts'
import { fail } from './finish.ts'
import { giveWay } from './give-way.ts'
import { failRun, lose, storeResult, storingEdit } from './losses.ts'
import { problemOf } from './provider.ts'

/** Not the input's fault: another attempt may succeed. Any other code is final. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'worker_failed',
  'worker_timeout',
  'internal',
  'model_unavailable',
  'conflict',
])

/** True where another attempt may succeed. */
export function isRetryable(code: ErrorCode): boolean {
  return RETRYABLE.has(code)
}

/** Applies an event of the current run. */
export async function applyEvent(
  context: EditContext,
  edit: OpenEdit,
  event: RunEvent,
): Promise<void> {
  switch (event.type) {
    case 'started':
      return started(context)
    case 'progress':
      return progressed(context, event)
    case 'failed':
      // The next attempt may fail in the same way, and still not be the edit's fault.
      if (event.problem.code === 'storage_unavailable') return lose(context, edit, event.problem)
      if (isRetryable(event.problem.code)) return failRun(context, edit, event.problem)
      return fail(context, edit, event.problem)
    case 'canceled':
      if (edit.status !== 'queued' && edit.stopping) return giveWay(context, edit)
      // We did not cancel it, or its token would be rejected: the worker is shutting down.
      return lose(context, edit, problemOf('worker_failed', 'the worker stopped the run'))
    case 'succeeded':
      return claimed(context, event)
  }
}

const BEFORE_RUNNING = ['queued', 'dispatching'] as const

function started({ store, events }: EditContext): void {
  if (store.change(BEFORE_RUNNING, { status: 'running', started: 1, queue: null }))
    events.add('status', { status: 'running' })
  else store.change(openStatuses, { started: 1 })
}

function progressed(
  { store, events }: EditContext,
  { step, steps, preview }: Extract<RunEvent, { type: 'progress' }>,
): void {
  if (store.change(BEFORE_RUNNING, { status: 'running' }))
    events.add('status', { status: 'running' })
  if (store.change(['running'], { started: 1, step }))
    events.add('progress', { step, steps, ...(preview !== undefined && { preview }) })
}

async function claimed(
  context: EditContext,
  { result, timings, record }: Extract<RunEvent, { type: 'succeeded' }>,
): Promise<void> {
  const { store, ctx } = context
  const found = { claim: result, timings, record: record ?? null }
  const change = { status: 'storing', ...found, wakeAt: Date.now() } as const
  if (!store.change(['queued', 'dispatching', 'running'], change)) return
  faultPoint('edit.claimed', ctx)
  return storeResult(context, storingEdit(context))
}
