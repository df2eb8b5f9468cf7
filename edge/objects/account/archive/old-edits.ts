/** Edits wherever they are: in the account's object, or in its archive. */

import type { EditCursor, IndexedEdit, IndexedPage } from '../../../rpc/account/edits.ts'
import { ARCHIVE_DAYS, DAY_MS } from '../../../settings/retention.ts'
import type { AccountContext } from '../context.ts'
import { NEWEST } from '../edit-index.ts'
import { ARCHIVE_PAGE, type ArchivedEdit, isBefore } from './pages.ts'

export async function findEdit(account: AccountContext, id: string): Promise<IndexedEdit | null> {
  return account.edits.get(id) ?? account.archive.get(accountId(account), id)
}

/** The archive's edits come after all others. */
export async function listEdits(
  account: AccountContext,
  limit: number,
  cursor: EditCursor | null,
  metadata: Readonly<Record<string, string>>,
): Promise<IndexedPage> {
  const { edits, archive } = account
  const oldest = edits.oldest()
  const from = cursor ?? NEWEST
  if (oldest === null || !isBefore(oldest, from))
    return archive.list(accountId(account), limit, from, metadata)
  const page = edits.list(limit, from, metadata)
  const more = page.next === null && archive.holdsBefore(oldest)
  return more ? { edits: page.edits, next: oldest } : page
}

/** Deletes what came with an archived edit. @returns false if that was done before, or it is none */
export function removeArchived(account: AccountContext, id: string): Promise<boolean> {
  // One at a time: pages are read and written as a whole.
  return account.ctx.blockConcurrencyWhile(async () => {
    const found = await account.archive.get(accountId(account), id)
    if (found === null || found.deletedAt !== null) return false
    return account.archive.change(accountId(account), id, emptied)
  })
}

function emptied(edit: ArchivedEdit): ArchivedEdit {
  const { summary, final } = edit
  const problem = final?.problem
  return {
    ...edit,
    deletedAt: Date.now(),
    metadata: {},
    summary: { ...summary, metadata: {} },
    final:
      final === null || problem === null || problem === undefined
        ? final
        : { ...final, problem: { ...problem, detail: '' } },
  }
}

/** Moves the oldest edits into a page of the archive, if there are enough. */
export async function archiveOld(account: AccountContext): Promise<void> {
  const { ctx, edits, archive } = account
  const due = archive.nextAt(edits.oldest()?.createdAt ?? null)
  if (due === null || due > Date.now()) return
  const before = Date.now() - ARCHIVE_DAYS * DAY_MS
  const old = edits.settledBefore(before, ARCHIVE_PAGE)
  if (old.length < ARCHIVE_PAGE) return archive.checkLater()
  const page = await archive.write(accountId(account), old)
  ctx.storage.transactionSync(() => {
    // One of them may have been deleted meanwhile; then the page is written again.
    if (JSON.stringify(edits.settledBefore(before, ARCHIVE_PAGE)) !== JSON.stringify(old)) return
    archive.enter(page, old)
    edits.forget(old.map(({ id }) => id))
  })
}

function accountId({ profile }: AccountContext): string {
  const self = profile.read()
  if (self === null) throw new Error('an account that was never opened has edits')
  return self.id
}
