/** An edit as it stands, from its own object or from the account's row. */

import type { RunRecord } from '../../../shared/edit/record.ts'
import { EditError, type Problem } from '../../../shared/errors.ts'
import { isEditIdOf } from '../../access/keys.ts'
import type { EditCursor, IndexedEdit } from '../../rpc/account/edits.ts'
import type { Settlement } from '../../rpc/account/ledger.ts'
import { type EditSummary, summaryOf } from '../../rpc/edit/accepted.ts'
import {
  type EditState,
  type EditStatus,
  isOpenEdit,
  type QueuedEdit,
  type StoredResult,
} from '../../rpc/edit/state.ts'
import type { Tenant } from '../tenant.ts'

/** What changes during an edit. */
export type EditNow = {
  readonly id: string
  readonly summary: EditSummary
  /** What the worker added to the edit's record; null before the end. */
  readonly record: RunRecord | null
  readonly status: EditStatus
  readonly step: number
  readonly queue: QueuedEdit['queue']
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Record<string, number> | null
  readonly settlement: Settlement | null
  readonly updatedAt: number
  readonly endedAt: number | null
  /** When it deletes itself because its caller wants that; null if nobody has set a time, or it is open. */
  readonly keptUntil: number | null
  /** Changes whenever the edit does. */
  readonly version: string
}

/** From the edit's own object. */
function nowOf(edit: EditState, version: number): EditNow {
  const { accepted, status, step, updatedAt } = edit
  const summary = isOpenEdit(edit) ? summaryOf(edit.accepted) : edit.accepted.summary
  return {
    summary,
    status,
    step,
    updatedAt,
    queue: edit.status === 'queued' ? edit.queue : null,
    result: edit.status === 'succeeded' ? edit.result : null,
    problem: 'problem' in edit ? edit.problem : null,
    timings: 'timings' in edit ? edit.timings : null,
    record: isOpenEdit(edit) ? null : edit.record,
    settlement: isOpenEdit(edit) ? null : edit.settlement,
    endedAt: isOpenEdit(edit) ? null : edit.endedAt,
    keptUntil: isOpenEdit(edit) ? null : edit.removeBy,
    id: accepted.id,
    version: String(version),
  }
}

/** From the account's row: before the edit has its object, and after the object was deleted. */
export function indexedNow(
  edit: Pick<IndexedEdit, 'id' | 'summary' | 'final' | 'createdAt'>,
): EditNow {
  const { id, summary, final, createdAt } = edit
  const base = { id, summary, queue: null, keptUntil: null }
  if (final === null)
    return {
      ...base,
      status: 'queued',
      step: 0,
      result: null,
      problem: null,
      timings: null,
      record: null,
      settlement: null,
      updatedAt: createdAt,
      endedAt: null,
      version: '0',
    }
  return {
    ...base,
    ...final,
    record: final.record ?? null,
    step: final.status === 'succeeded' ? summary.steps : 0,
    updatedAt: final.endedAt,
    version: 'final',
  }
}

/**
 * The caller's edit, read when it reaches a final state, after `waitMs` at most. An id that is
 * not ours is rejected without a Durable Object call.
 *
 * @throws EditError `not_found`, also for another tenant's and another client's; `gone`
 */
export async function readEdit(
  { caller, account, edit, peppers }: Tenant,
  id: string,
  waitMs = 0,
): Promise<EditNow> {
  const { credential, client } = caller
  const missing = () => new EditError('not_found', `there is no edit ${id}`)
  if (!(await isEditIdOf(id, credential, peppers))) throw missing()
  const indexed = async (): Promise<EditNow> => {
    const found = await account.edits().get(id)
    if (found === null || (client !== null && found.client !== client)) throw missing()
    if (found.deletedAt !== null) throw new EditError('gone', `edit ${id} was deleted`)
    return indexedNow(found)
  }
  const stub = edit(id)
  let reading = await stub.read()
  if (reading === null) {
    const now = await indexed()
    if (waitMs === 0 || now.endedAt !== null) return now
    // Accepted, but its object does not exist yet, and only the object can be waited for.
    await account.edits().handOver(id)
  }
  if (waitMs > 0) reading = await stub.wait(waitMs)
  if (reading === null) return indexed()
  const { edit: state, version } = reading
  if (client !== null && state.accepted.payer.client !== client) throw missing()
  if (!isOpenEdit(state) && state.deletedAt !== null)
    throw new EditError('gone', `edit ${id} was deleted`)
  return nowOf(state, version)
}

/** A page of edits, newest first, and where the next one begins. */
export type EditPage = {
  readonly edits: readonly EditNow[]
  readonly next: EditCursor | null
}

/** A page of the account's edits whose metadata match; it may be empty although there is a next one. */
export async function listEdits(
  tenant: Tenant,
  count: number,
  cursor: EditCursor | null,
  metadata: Readonly<Record<string, string>>,
): Promise<EditPage> {
  const page = await tenant.account.edits().list(count, cursor, metadata)
  const edits = await Promise.all(
    // While an edit is open, only its own object knows its state.
    page.edits.map((row) => (row.final === null ? readEdit(tenant, row.id) : indexedNow(row))),
  )
  return { edits, next: page.next }
}
