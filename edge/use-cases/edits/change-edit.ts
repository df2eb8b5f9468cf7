/** Following, canceling and deleting an edit, and its result. */

import { EditError } from '../../../shared/errors.ts'
import { isOpen } from '../../rpc/edit/state.ts'
import { unwrap } from '../../rpc/outcome.ts'
import type { Tenant } from '../tenant.ts'
import { type EditNow, readEdit } from './read-edit.ts'

/**
 * The edit's events as `text/event-stream`, those after `lastEvent` where it is given; null if there
 * will be none after it.
 *
 * @throws EditError `not_found`, `gone`
 */
export async function followEdit(
  tenant: Tenant,
  id: string,
  lastEvent: string | null,
): Promise<ReadableStream | null> {
  const stub = await objectOf(tenant, id)
  const events = await stub.fetch('https://edit/events', {
    headers: lastEvent === null ? {} : { 'last-event-id': lastEvent },
  })
  if (events.status === 204) return null
  if (events.status === 404 || events.body === null)
    throw new EditError('not_found', `the events of edit ${id} are no longer stored`)
  return events.body
}

/** Cancels an open edit. @throws EditError `not_found`, `gone`; `conflict` if it is over */
export async function cancelEdit(
  tenant: Tenant,
  id: string,
): Promise<{ readonly edit: EditNow; readonly charged: boolean }> {
  const stub = await objectOf(tenant, id)
  const { charged } = unwrap(await stub.cancel())
  return { charged, edit: await readEdit(tenant, id) }
}

/**
 * Deletes everything that came with an edit; an open one is canceled first.
 *
 * @throws EditError `not_found`, `gone` @throws Error if the edit has no object yet and cannot get one
 */
export async function deleteEdit(tenant: Tenant, id: string): Promise<void> {
  const stub = await objectOf(tenant, id).catch(async (error: EditError) => {
    // The bucket may have failed when it was deleted: whoever repeats the request wants the rest gone.
    if (error.code === 'gone' && (await tenant.edit(id).purge())) return null
    throw error
  })
  if (stub === null) return
  if (!(await stub.remove()) && (await tenant.account.edits().get(id))?.final === null)
    throw new Error(`edit ${id} was not handed over, so it cannot be canceled`)
  await tenant.account.edits().remove(id)
}

/** The result in the bucket, and whom to tell once it was sent; null for nobody. */
export type OpenedResult = {
  readonly object: R2ObjectBody
  readonly sent: (() => Promise<void>) | null
}

/** Opens the result. @throws EditError `not_found`, `gone` */
export async function openResult(
  tenant: Tenant,
  id: string,
  bucket: R2Bucket,
): Promise<OpenedResult> {
  const { status, result, summary } = await readEdit(tenant, id)
  if (result === null)
    throw new EditError(
      'not_found',
      `edit ${id} has no result; its status is ${status}`,
      isOpen(status) ? { retryAfter: 1 } : {},
    )
  const object = await bucket.get(result.key)
  if (object === null)
    throw new EditError('not_found', `the result of edit ${id} is no longer stored`)
  const sent = summary.retention === 'none' ? () => tenant.edit(id).fetched() : null
  return { object, sent }
}

/**
 * The object of an edit that the caller may see.
 *
 * @throws EditError `not_found`, `gone`; `internal` while the edit has no object to be changed
 */
async function objectOf(tenant: Tenant, id: string) {
  await readEdit(tenant, id)
  if (!(await tenant.account.edits().handOver(id)))
    throw new EditError('internal', `edit ${id} cannot be reached at the moment; try again`, {
      retryAfter: 1,
    })
  return tenant.edit(id)
}
