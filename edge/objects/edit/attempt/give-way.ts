/** A test run that gives its slot to a live edit: it stops, and its edit goes back to the queue, for free. */

import type { EditWithRun, OpenEdit } from '../../../rpc/edit/state.ts'
import type { EditContext } from '../context.ts'
import { requeue } from './losses.ts'
import { logAttempt, releaseSlot, stopRun } from './provider.ts'

/** So often an edit gets a fresh wait in the queue; after that, its last one is not extended. */
const MAX_FRESH_WAITS = 3
/** The worker's own word is missed at most this long. */
const POLL_MS = 1000

/**
 * Tells the worker to stop. The slot is kept until the worker has: a live edit that gets it earlier
 * finds the worker busy. Only test runs give way, and none whose result is there already.
 */
export function askToGiveWay(context: EditContext, edit: OpenEdit): void {
  const { mode } = edit.accepted
  if (mode !== 'test' || (edit.status !== 'dispatching' && edit.status !== 'running')) return
  const wakeAt = Math.min(edit.wakeAt, Date.now() + POLL_MS)
  if (context.store.change(['dispatching', 'running'], { stopping: 1, wakeAt }))
    stopRun(context, edit)
}

/**
 * The run has stopped. It was not lost, so this is no attempt; and it does not count as started, so a
 * cancel is free again.
 */
export async function giveWay(context: EditContext, edit: EditWithRun): Promise<void> {
  logAttempt('gave way', edit, 'its slot goes to a live edit')
  await releaseSlot(context, edit, 'left')
  const gaveWay = edit.gaveWay + 1
  const dispatchBy =
    gaveWay > MAX_FRESH_WAITS
      ? edit.dispatchBy
      : Date.now() + 1000 * context.settings.DISPATCH_SECONDS
  requeue(context, 0, { gaveWay, dispatchBy, started: 0, step: 0 })
}
