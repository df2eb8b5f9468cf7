/** Attempts that came to nothing, and what a worker may have stored all the same. */

import type { Problem } from '../../../../shared/errors.ts'
import type { OpenEdit, StoringEdit } from '../../../rpc/edit/state.ts'
import type { EditContext } from '../context.ts'
import type { EditRow } from '../row.ts'
import { fail, succeed } from './finish.ts'
import { logAttempt, problemOf, releaseSlot } from './provider.ts'
import { findResult } from './result.ts'

/** Runs that may be lost before the edit fails. */
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

/** A run that a worker had accepted was lost or failed. */
export async function lose(context: EditContext, edit: OpenEdit, problem: Problem): Promise<void> {
  if (await storeIfFound(context, edit)) return
  const losses = edit.losses + 1
  logAttempt('attempt lost', edit, problem.detail)
  await releaseSlot(context, edit, 'fault')
  if (losses >= MAX_LOSSES) return fail(context, { ...edit, losses }, problem)
  const avoid = new Set(edit.avoid)
  if (edit.provider !== null) avoid.add(edit.provider)
  const dispatchBy = Date.now() + 1000 * context.settings.DISPATCH_SECONDS
  requeue(context, 0, { losses, avoid: [...avoid], dispatchBy, step: 0 })
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
    wakeAt: Date.now() + wait,
    ...change,
  })
  if (back) events.add('status', { status: 'queued' })
  return back
}

/** A success counts once its result is in the bucket. */
export async function storeResult(context: EditContext, edit: StoringEdit): Promise<void> {
  const found = await findResult(context.bucket, edit.accepted, edit.attempt, edit.claim)
  if ('missing' in found) return lose(context, edit, problemOf('worker_failed', found.missing))
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
