/** Submits a run to its provider. */

import type { Submission } from '../../../dispatch/host.ts'
import {
  isOpenEdit,
  type OpenEdit,
  openStatuses,
  type QueuedEdit,
} from '../../../rpc/edit/state.ts'
import { digest, randomToken } from '../../../secrets.ts'
import { faultPoint } from '../../fault-points.ts'
import type { EditContext } from '../context.ts'
import { fail } from './finish.ts'
import { lose, MAX_WAIT_MS, requeue } from './losses.ts'
import { problemOf, releaseSlot, stopRun, ticketOf } from './provider.ts'
import { isRetryable } from './run-events.ts'
import { runIdFor, runRequestFor } from './run-request.ts'

/** An attempt as it is stored before its run is submitted. */
type Prepared = {
  readonly edit: QueuedEdit
  readonly provider: string
  readonly attempt: number
  readonly token: string
  readonly runBy: number
}

/** Stores the attempt, then submits its run: an event may arrive before the response does. */
export async function dispatch(
  context: EditContext,
  edit: QueuedEdit,
  provider: string,
): Promise<void> {
  const { ctx, settings, events, findHost } = context
  const { accepted } = edit
  const prepared = await prepare(context, edit, provider)
  if (prepared === null) return releaseSlot(context, { ...edit, provider }, 'left')
  events.add('status', { status: 'dispatching' })
  faultPoint('edit.attempt-saved', ctx)
  const { attempt, token, runBy } = prepared
  const request = await runRequestFor(accepted, attempt, token, runBy, settings)
  const submission = await findHost(provider).submit(runIdFor(accepted, attempt), request)
  faultPoint('edit.submitted', ctx)
  const current = context.store.read()
  if (current === null || current.attempt !== attempt) return
  // Canceled, deleted or written off in between: nothing needs the run any more.
  const jobId = submission.outcome === 'accepted' ? submission.jobId : null
  if (!isOpenEdit(current) || current.status === 'queued')
    return stopRun(context, { accepted, attempt, provider, jobId })
  return submitted(context, prepared, current, submission)
}

/** @returns null if the edit left the queue meanwhile */
async function prepare(
  { store, settings }: EditContext,
  edit: QueuedEdit,
  provider: string,
): Promise<Prepared | null> {
  const token = randomToken()
  const attempt = edit.attempt + 1
  const now = Date.now()
  const runBy = Math.min(now + 1000 * settings.RUN_SECONDS, edit.accepted.deadline)
  const stored = store.change(['queued'], {
    status: 'dispatching',
    provider,
    attempt,
    runBy,
    submittedAt: now,
    jobId: null,
    queue: null,
    tokenDigest: await digest(token),
    lastSeq: -1,
    silentPolls: 0,
    claim: null,
    wakeAt: now + 1000 * settings.POLL_SECONDS,
  })
  return stored ? { edit, provider, attempt, token, runBy } : null
}

/** What a submission did to the edit. */
async function submitted(
  context: EditContext,
  { edit, provider, runBy }: Prepared,
  current: OpenEdit,
  submission: Submission,
): Promise<void> {
  const { store, findProvider } = context
  const ticket = ticketOf(edit.accepted)
  switch (submission.outcome) {
    case 'accepted':
      store.change(openStatuses, { jobId: submission.jobId })
      return findProvider(provider).accepted(ticket, runBy)
    case 'busy': {
      const wait = Math.min(1000 * submission.retryAfter, MAX_WAIT_MS)
      // Rejected: this does not count as an attempt, and its number is free again.
      requeue(context, wait, { attempt: edit.attempt })
      return findProvider(provider).busy(ticket, wait / 1000)
    }
    case 'rejected': {
      const problem = problemOf(submission.code, submission.detail)
      return isRetryable(submission.code)
        ? lose(context, current, problem)
        : fail(context, current, problem)
    }
    case 'unreachable':
      // It may have been accepted all the same; a poll will tell, and soon.
      store.change(['dispatching'], { wakeAt: Date.now() + 250 })
  }
}
