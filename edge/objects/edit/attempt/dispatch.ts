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
import { problemOf, queueOf, releaseSlot, stopRun, ticketOf } from './provider.ts'
import { isRetryable } from './run-events.ts'
import { runIdFor, runRequestFor } from './run-request.ts'

/** The provider that gave a slot, and the shard of its queue. */
export type Choice = { readonly provider: string; readonly shard: number | null }

/** An attempt as it is stored before its run is submitted. */
type Prepared = Choice & {
  readonly edit: QueuedEdit
  readonly attempt: number
  readonly token: string
  readonly runBy: number
}

/** Stores the attempt, then submits its run: an event may arrive before the response does. */
export async function dispatch(
  context: EditContext,
  edit: QueuedEdit,
  choice: Choice,
): Promise<void> {
  const { provider } = choice
  const { ctx, settings, events, findHost } = context
  const { accepted } = edit
  const prepared = await prepare(context, edit, choice)
  if (prepared === null) return releaseSlot(context, { ...edit, ...choice }, 'left')
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
  choice: Choice,
): Promise<Prepared | null> {
  const token = randomToken()
  const attempt = edit.attempt + 1
  const now = Date.now()
  const runBy = Math.min(now + 1000 * settings.RUN_SECONDS, edit.accepted.deadline)
  const stored = store.change(['queued'], {
    status: 'dispatching',
    ...choice,
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
  return stored ? { edit, ...choice, attempt, token, runBy } : null
}

/** What a submission did to the edit. */
async function submitted(
  context: EditContext,
  { edit, provider, shard, runBy }: Prepared,
  current: OpenEdit,
  submission: Submission,
): Promise<void> {
  const { store } = context
  const ticket = ticketOf(edit.accepted)
  const queue = queueOf(context, { accepted: edit.accepted, shard }, provider)
  switch (submission.outcome) {
    case 'accepted':
      store.change(openStatuses, { jobId: submission.jobId })
      return queue.accepted(ticket, runBy)
    case 'busy': {
      const wait = Math.min(1000 * submission.retryAfter, MAX_WAIT_MS)
      // Rejected: this does not count as an attempt, and its number is free again.
      requeue(context, wait, { attempt: edit.attempt })
      return queue.busy(ticket, wait / 1000)
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
