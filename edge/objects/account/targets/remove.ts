/** Deleting what an account keeps of a deleted edit, and uploads that nothing uses any more. */

import { uploadKey } from '../../../storage/blob-urls.ts'
import { removeArchived } from '../archive/old-edits.ts'
import type { AccountContext } from '../context.ts'

/** Uploads deleted per alarm: one call to the bucket. */
const MOST_UPLOADS = 100

/**
 * Deletes everything that came with an edit: its metadata, also in messages about it, and its upload
 * if no other edit uses it. Repeat it until it succeeds.
 *
 * @returns false if the edit was deleted before, or is unknown
 */
export async function removeEdit(account: AccountContext, id: string): Promise<boolean> {
  const { uploads } = account
  const removed = await removeRow(account, id)
  const upload = uploads.usedOnlyBy(id)
  if (upload !== null) await deleteUploads(account, [upload])
  uploads.unuse(id)
  return removed
}

async function removeRow(account: AccountContext, id: string): Promise<boolean> {
  const { ctx, edits, endpoints, deliveries } = account
  if (edits.get(id) === null) return removeArchived(account, id)
  return ctx.storage.transactionSync(() => {
    endpoints.dropMetadata(id)
    deliveries.dropMetadata(id)
    return edits.remove(id)
  })
}

/** Deletes uploads whose time is over. */
export async function sweepUploads(account: AccountContext): Promise<void> {
  const expired = account.uploads.expired(MOST_UPLOADS)
  if (expired.length === 0) return
  await deleteUploads(account, expired)
  for (const id of expired) account.uploads.forget(id)
}

async function deleteUploads(
  { bucket, profile }: AccountContext,
  ids: readonly string[],
): Promise<void> {
  const self = profile.read()
  if (self === null) throw new Error('an account that was never opened has uploads')
  await bucket.delete(ids.map((id) => uploadKey(self.id, id)))
}
