/** The only way into a final state. */

import type { Settlement } from '../../rpc/account/ledger.ts'
import { keptOf } from '../../rpc/edit/accepted.ts'
import { type EditStatus, type FinalStatus, isOpenEdit } from '../../rpc/edit/state.ts'
import { retentionMs } from '../../settings/retention.ts'
import { faultPoint } from '../fault-points.ts'
import type { EditContext } from './context.ts'
import type { EditRow } from './row.ts'

/** @returns true if this call ended the edit; false if its status is none of `from` */
export function endEdit(
  { store, events, ctx }: EditContext,
  from: readonly EditStatus[],
  status: FinalStatus,
  settlement: Settlement,
  change: Partial<EditRow>,
): boolean {
  const edit = store.read()
  if (edit === null || !isOpenEdit(edit)) return false
  const now = Date.now()
  const accepted = keptOf(edit.accepted)
  const { retention } = edit.accepted
  const final = {
    ...change,
    accepted,
    failures: [],
    status,
    settlement,
    endedAt: now,
    removeBy: retention === undefined ? null : now + retentionMs(retention),
    tokenDigest: null,
    queue: null,
  }
  if (!store.change(from, { ...final, wakeAt: now })) return false
  events.dropPreviews()
  events.add('status', { status })
  events.close()
  faultPoint('edit.ended', ctx)
  return true
}
