/** What is due in an open edit: find a slot, dispatch, poll, store, or give up. */

import { type OpenEdit, openStatuses } from '../../../rpc/edit/state.ts'
import type { EditContext } from '../context.ts'
import { endEdit } from '../end.ts'
import { findSlot } from './find-slot.ts'
import { fail } from './finish.ts'
import { storeResult } from './losses.ts'
import { poll } from './poll.ts'
import { logAttempt, problemOf, releaseSlot, stopRun } from './provider.ts'

/** Does what is due. */
export async function advance(context: EditContext, edit: OpenEdit): Promise<void> {
  const { accepted } = edit
  const now = Date.now()
  if (accepted.cancelAt !== null && now >= accepted.cancelAt)
    return cancel(context, edit, 'the Cancel-After time has passed')
  if (now >= accepted.deadline) {
    if (edit.status !== 'queued') stopRun(context, edit)
    const detail = 'the edit did not finish by its deadline'
    return fail(context, edit, problemOf('worker_timeout', detail))
  }
  if (edit.wakeAt > now) return
  if (edit.status === 'queued') return findSlot(context, edit)
  if (edit.status === 'storing') return storeResult(context, edit)
  return poll(context, edit)
}

/** Cancels an open edit. The worker is told without waiting for it. */
export async function cancel(context: EditContext, edit: OpenEdit, why: string): Promise<void> {
  if (edit.status !== 'queued') stopRun(context, edit)
  const settlement = edit.started ? 'capture' : 'release'
  if (endEdit(context, openStatuses, 'canceled', settlement, { problem: null }))
    logAttempt('canceled', edit, why)
  await releaseSlot(context, edit, 'left')
}
