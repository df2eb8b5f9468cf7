/** How an attempt ends the edit: with a result that was checked, or with a problem. */

import type { Problem } from '../../../../shared/errors.ts'
import { moderateOutput } from '../../../outbound/moderation.ts'
import {
  type OpenEdit,
  openStatuses,
  type StoredResult,
  type StoringEdit,
} from '../../../rpc/edit/state.ts'
import { faultPoint } from '../../fault-points.ts'
import type { EditContext } from '../context.ts'
import { endEdit } from '../end.ts'
import { blame, releaseSlot } from './provider.ts'

/** The result is in the bucket: once moderation allows it, the edit has succeeded. */
export async function succeed(
  context: EditContext,
  edit: StoringEdit,
  result: StoredResult,
): Promise<void> {
  const { ctx, bucket, settings } = context
  const { account, id } = edit.accepted
  faultPoint('edit.verified', ctx)
  const verdict = await moderateOutput(settings, { account, edit: id, imageKey: result.key })
  if (verdict !== null) {
    await bucket.delete(result.key)
    return fail(context, edit, verdict)
  }
  if (!endEdit(context, ['storing'], 'succeeded', 'capture', { result })) return
  await releaseSlot(context, edit, 'done', secondsOf(edit))
  for (const { provider } of edit.failures)
    if (provider !== edit.provider) await blame(context, edit, provider)
}

/** Ends an open edit with a problem, for free. */
export async function fail(context: EditContext, edit: OpenEdit, problem: Problem): Promise<void> {
  const change = { problem, losses: edit.losses }
  if (endEdit(context, openStatuses, 'failed', 'release', change))
    await releaseSlot(context, edit, 'left')
}

function secondsOf({ submittedAt }: StoringEdit): number | null {
  return submittedAt === null ? null : (Date.now() - submittedAt) / 1000
}
