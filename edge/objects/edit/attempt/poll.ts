/** Polls a run whose events have not ended it. */

import type { RunReport } from '../../../dispatch/host.ts'
import {
  type DispatchingEdit,
  isOpenEdit,
  type OpenEdit,
  openStatuses,
  type RunningEdit,
} from '../../../rpc/edit/state.ts'
import type { EditContext } from '../context.ts'
import { giveWay } from './give-way.ts'
import { lose, notAccepted } from './losses.ts'
import { problemOf, queueOf, stopRun, ticketOf } from './provider.ts'
import { applyEvent } from './run-events.ts'
import { runIdFor } from './run-request.ts'

/** A run counts as lost after this many polls in a row without a response. */
const MAX_SILENT_POLLS = 3

type Polled = DispatchingEdit | RunningEdit

export async function poll(context: EditContext, edit: Polled): Promise<void> {
  const { settings, store, findHost } = context
  const now = Date.now()
  if (now >= edit.runBy) {
    stopRun(context, edit)
    const detail = `the run did not finish within ${settings.RUN_SECONDS} s`
    return lose(context, edit, problemOf('worker_timeout', detail))
  }
  const runId = runIdFor(edit.accepted, edit.attempt)
  const report = await findHost(edit.provider).report(runId, edit.jobId)
  const current = store.read()
  if (current === null || current.attempt !== edit.attempt || !isOpenEdit(current)) return
  const wakeAt = Math.min(now + 1000 * settings.POLL_SECONDS, edit.runBy)
  if (report.outcome === 'known') {
    store.change(openStatuses, { silentPolls: 0, wakeAt })
    return known(context, edit, current, report.state.last)
  }
  // Written off meanwhile: it waits for another run.
  if (current.status === 'queued') return
  // A run that was told to stop is gone as it should be.
  if (report.outcome === 'lost' && current.stopping) return giveWay(context, current)
  if (report.outcome === 'lost') return lost(context, edit, report.detail)
  return silent(context, edit, report.detail, wakeAt)
}

type LastEvent = Extract<RunReport, { outcome: 'known' }>['state']['last']

/** The host knows the run. An end that the worker could not report is in its state. */
async function known(
  context: EditContext,
  edit: Polled,
  current: OpenEdit,
  last: LastEvent,
): Promise<void> {
  if (last !== null) return applyEvent(context, current, last)
  if (current.status === 'dispatching')
    await queueOf(context, edit, edit.provider).accepted(ticketOf(edit.accepted), edit.runBy)
}

function lost(context: EditContext, edit: Polled, detail: string): Promise<void> {
  // Never accepted, as far as anybody can tell: that does not count as an attempt.
  if (edit.status === 'dispatching' && !edit.started && edit.jobId === null)
    return notAccepted(context, edit, detail)
  return lose(context, edit, problemOf('worker_failed', detail))
}

async function silent(
  context: EditContext,
  edit: Polled,
  cause: string,
  wakeAt: number,
): Promise<void> {
  const silentPolls = edit.silentPolls + 1
  if (silentPolls < MAX_SILENT_POLLS) {
    context.store.change(openStatuses, { silentPolls, wakeAt })
    return
  }
  const detail = `the worker was lost: ${cause}`
  if (edit.status === 'dispatching') return notAccepted(context, edit, detail)
  return lose(context, edit, problemOf('worker_failed', detail))
}
