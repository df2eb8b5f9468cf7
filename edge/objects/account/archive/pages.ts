/**
 * Old edits of an account: pages in the bucket, each read and written as a whole, so that the account's
 * object keeps a short row of each. Their postings stay in the ledger.
 */

import type { EditCursor, IndexedEdit, IndexedPage } from '../../../rpc/account/edits.ts'
import { ARCHIVE_DAYS, DAY_MS } from '../../../settings/retention.ts'
import { archiveKey } from '../../../storage/blob-urls.ts'
import { row, rows } from '../../sql.ts'

export const archiveTables = [
  `CREATE TABLE archive_page (
    page INTEGER PRIMARY KEY, firstAt INTEGER NOT NULL, firstId TEXT NOT NULL)`,
  'CREATE INDEX archive_page_first ON archive_page (firstAt, firstId)',
  'CREATE TABLE archived (edit TEXT PRIMARY KEY, page INTEGER NOT NULL) WITHOUT ROWID',
  'CREATE TABLE archive_check (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL)',
  'INSERT INTO archive_check (one, at) VALUES (1, 0)',
]

/** Edits in a page. */
export const ARCHIVE_PAGE = 500

/** An edit as it lies in a page. */
export type ArchivedEdit = IndexedEdit & { readonly metadata: Readonly<Record<string, string>> }

export class Archive {
  readonly #sql: SqlStorage
  readonly #bucket: R2Bucket

  constructor(sql: SqlStorage, bucket: R2Bucket) {
    this.#sql = sql
    this.#bucket = bucket
  }

  /** When there may be a page to write, as far as an account's oldest edit says. */
  nextAt(oldest: number | null): number | null {
    if (oldest === null) return null
    const check = row<{ at: number }>(this.#sql, 'SELECT at FROM archive_check')?.at ?? 0
    return Math.max(oldest + ARCHIVE_DAYS * DAY_MS, check)
  }

  /** There was no full page: looks again in a day. */
  checkLater(): void {
    this.#sql.exec('UPDATE archive_check SET at = ?', Date.now() + DAY_MS)
  }

  /** Writes a page, oldest edit first. It counts once it is {@link enter}ed. @returns its number */
  async write(account: string, edits: readonly ArchivedEdit[]): Promise<number> {
    const last = row<{ page: number | null }>(
      this.#sql,
      'SELECT MAX(page) AS page FROM archive_page',
    )
    const page = (last?.page ?? 0) + 1
    await this.#put(account, page, edits)
    return page
  }

  /** From now on the edits are found in the page. Call it in the transaction that deletes their rows. */
  enter(page: number, edits: readonly ArchivedEdit[]): void {
    const [first] = edits
    if (first === undefined) throw new Error('an empty page was archived')
    this.#sql.exec(
      'INSERT INTO archive_page (page, firstAt, firstId) VALUES (?, ?, ?)',
      page,
      first.createdAt,
      first.id,
    )
    this.#sql.exec(
      'INSERT INTO archived (edit, page) SELECT value, ? FROM json_each(?)',
      page,
      JSON.stringify(edits.map(({ id }) => id)),
    )
  }

  async get(account: string, id: string): Promise<IndexedEdit | null> {
    const page = this.#pageOf(id)
    if (page === null) return null
    return (await this.#read(account, page)).find((edit) => edit.id === id) ?? null
  }

  /** True if a page begins before an edit. */
  holdsBefore({ createdAt, id }: EditCursor): boolean {
    const query = 'SELECT page FROM archive_page WHERE (firstAt, firstId) < (?, ?) LIMIT 1'
    return row(this.#sql, query, createdAt, id) !== null
  }

  /** A page of a list, from the one archived page that begins before the cursor. */
  async list(
    account: string,
    limit: number,
    cursor: EditCursor,
    metadata: Readonly<Record<string, string>>,
  ): Promise<IndexedPage> {
    const [found, older] = rows<{ page: number }>(
      this.#sql,
      `SELECT page FROM archive_page WHERE (firstAt, firstId) < (?, ?)
        ORDER BY firstAt DESC, firstId DESC LIMIT 2`,
      cursor.createdAt,
      cursor.id,
    )
    if (found === undefined) return { edits: [], next: null }
    const whole = await this.#read(account, found.page)
    const matching = whole.filter(
      (edit) =>
        edit.deletedAt === null &&
        isBefore(edit, cursor) &&
        Object.entries(metadata).every(([name, value]) => edit.metadata[name] === value),
    )
    const edits = matching.reverse().slice(0, limit)
    const last = matching.length > limit ? edits.at(-1) : older === undefined ? undefined : whole[0]
    return { edits, next: last === undefined ? null : { createdAt: last.createdAt, id: last.id } }
  }

  /** Changes an edit in its page. No two at a time. @returns false if there is no such edit */
  async change(
    account: string,
    id: string,
    change: (edit: ArchivedEdit) => ArchivedEdit,
  ): Promise<boolean> {
    const page = this.#pageOf(id)
    if (page === null) return false
    const edits = await this.#read(account, page)
    const changed = edits.map((edit) => (edit.id === id ? change(edit) : edit))
    await this.#put(account, page, changed)
    return true
  }

  #pageOf(id: string): number | null {
    return (
      row<{ page: number }>(this.#sql, 'SELECT page FROM archived WHERE edit = ?', id)?.page ?? null
    )
  }

  async #read(account: string, page: number): Promise<ArchivedEdit[]> {
    const object = await this.#bucket.get(archiveKey(account, page))
    if (object === null) throw new Error(`page ${page} of the archive of ${account} is lost`)
    return object.json()
  }

  async #put(account: string, page: number, edits: readonly ArchivedEdit[]): Promise<void> {
    await this.#bucket.put(archiveKey(account, page), JSON.stringify(edits))
  }
}

/** True for an older edit: lists have it later. */
export function isBefore(edit: EditCursor, cursor: EditCursor): boolean {
  return (
    edit.createdAt < cursor.createdAt ||
    (edit.createdAt === cursor.createdAt && edit.id < cursor.id)
  )
}
