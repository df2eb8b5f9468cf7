/**
 * Attempts that came to nothing, and what a worker may have stored all the same. A run is lost where
 * its host is at fault, which counts for the circuit breaker. It fails where its worker says so, or
 * where what the worker stored is no result: the edit itself may be the cause.
 */

import type { Problem } from '../../../../shared/errors.ts'
import type { OpenEdit, StoringEdit } from '../../../rpc/edit/state.ts'
import type { EditContext } from '../context.ts'
import type { EditRow } from '../row.ts'
import { fail, succeed } from './finish.ts'
import { logAttempt, problemOf, releaseSlot } from './provider.ts'
import { findResult } from './result.ts'

/** Runs that may be lost or fail before the edit fails. */
const MAX_LOSSES = 3
/** Longest wait before an edit in the queue tries again. */
export const MAX_WAIT_MS = 10_000

/** The dispatch failed. Unless there is a result all the same, the edit goes back to the queue. */
export async function notAccepted(
  context: EditContext,
  edit: OpenEdit,
  detail: string,
): Promise<void> {
  if (await storeIfFound(context, edit)) return
  logAttempt('not taken', edit, detail)
  if (requeue(context, Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(edit.attempt, 6))))
    await releaseSlot(context, edit, 'fault')
}

/** A run that a worker had accepted was lost. */
export async function lose(context: EditContext, edit: OpenEdit, problem: Problem): Promise<void> {
  if (await storeIfFound(context, edit)) return
  logAttempt('attempt lost', edit, problem.detail)
  await releaseSlot(context, edit, 'fault')
  return tryAgain(context, edit, problem, edit.failures)
}

/**
 * A run failed. One that fails as an earlier one did is the last: another would fail as well. The
 * provider is only blamed once the edit succeeds elsewhere.
 */
export async function failRun(
  context: EditContext,
  edit: OpenEdit,
  problem: Problem,
): Promise<void> {
  // While it is being stored, its result is what failed.
  if (edit.status !== 'storing' && (await storeIfFound(context, edit))) return
  logAttempt('run failed', edit, problem.detail)
  if (edit.failures.some(({ detail }) => detail === problem.detail))
    return fail(context, { ...edit, losses: edit.losses + 1 }, problem)
  await releaseSlot(context, edit, 'left')
  const failure =
    edit.provider === null ? [] : [{ provider: edit.provider, detail: problem.detail }]
  return tryAgain(context, edit, problem, [...edit.failures, ...failure])
}

/** Back to the queue, for another provider if there is one; or it was the last attempt. */
async function tryAgain(
  context: EditContext,
  edit: OpenEdit,
  problem: Problem,
  failures: OpenEdit['failures'],
): Promise<void> {
  const losses = edit.losses + 1
  if (losses >= MAX_LOSSES) return fail(context, { ...edit, losses }, problem)
  const avoid = new Set(edit.avoid)
  if (edit.provider !== null) avoid.add(edit.provider)
  const dispatchBy = Date.now() + 1000 * context.settings.DISPATCH_SECONDS
  requeue(context, 0, { losses, failures, avoid: [...avoid], dispatchBy, step: 0 })
}

/** Puts the edit back in the queue. @returns false if it was there already, or is over */
export function requeue(
  { store, events }: EditContext,
  wait: number,
  change: Partial<EditRow> = {},
): boolean {
  const back = store.change(['dispatching', 'running', 'storing'], {
    status: 'queued',
    tokenDigest: null,
    jobId: null,
    claim: null,
    record: null,
    stopping: 0,
    wakeAt: Date.now() + wait,
    ...change,
  })
  if (back) events.add('status', { status: 'queued' })
  return back
}

/** A success counts once its result is in the bucket. */
export async function storeResult(context: EditContext, edit: StoringEdit): Promise<void> {
  const found = await findResult(context.bucket, edit.accepted, edit.attempt, edit.claim)
  if ('missing' in found) {
    const problem = problemOf('worker_failed', found.missing)
    // Nothing there: the bucket or the way to it failed. Something else there: the run did.
    return found.stored ? failRun(context, edit, problem) : lose(context, edit, problem)
  }
  await succeed(context, edit, found.result)
}

/** Before an attempt is written off: its worker may have died between storing and reporting. */
async function storeIfFound(context: EditContext, edit: OpenEdit): Promise<boolean> {
  const found = await findResult(context.bucket, edit.accepted, edit.attempt, null)
  if ('missing' in found) return false
  const { width, height, bytes } = found.result
  const claim = { width, height, bytes }
  const change = { status: 'storing', claim, started: 1 } as const
  if (context.store.change(['dispatching', 'running'], change))
    await succeed(context, storingEdit(context), found.result)
  return true
}

/** The edit as it was just stored. */
export function storingEdit({ store }: EditContext): StoringEdit {
  const edit = store.read()
  if (edit?.status !== 'storing') throw new Error(`the edit is ${edit?.status}, not storing`)
  return edit
}
