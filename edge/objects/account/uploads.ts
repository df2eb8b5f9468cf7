/**
 * Uploads an account has requested: who may use each, the type and length it was signed for, and the
 * edits that were made of it.
 */

import { EditError } from '../../../shared/errors.ts'
import type { Upload } from '../../rpc/account/uploads.ts'
import { UPLOAD_MS } from '../../settings/retention.ts'
import { row, rows } from '../sql.ts'

export const uploadTables = [
  'CREATE TABLE upload (id TEXT PRIMARY KEY, client TEXT, contentType TEXT NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL)',
]

/** For counting those whose URL is still valid, without reading others. */
export const uploadIndexes = [
  'CREATE INDEX upload_open ON upload (expiresAt, bytes)',
  'CREATE INDEX upload_open_client ON upload (client, expiresAt, bytes)',
]

/** Which edits are copies of an upload. */
export const uploadUses = [
  'CREATE TABLE upload_use (edit TEXT PRIMARY KEY, upload TEXT NOT NULL) WITHOUT ROWID',
  'CREATE INDEX upload_use_upload ON upload_use (upload)',
  'CREATE INDEX upload_expires ON upload (expiresAt)',
]

/** How many uploads may be open at a time, and their bytes in all. */
export type UploadLimit = { readonly count: number; readonly bytes: number }
export type UploadLimits = { readonly account: UploadLimit; readonly client: UploadLimit }

export class Uploads {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** @throws EditError `rate_limited` where as many uploads are open as may be */
  add(upload: Upload, { account, client }: UploadLimits): void {
    this.#check(upload.bytes, account, 'the account', '')
    if (upload.client !== null)
      this.#check(upload.bytes, client, 'the client token', 'AND client = ?', upload.client)
    this.#sql.exec(
      'INSERT INTO upload (id, client, contentType, bytes, expiresAt) VALUES (?, ?, ?, ?, ?)',
      upload.id,
      upload.client,
      upload.contentType,
      upload.bytes,
      upload.expiresAt,
    )
  }

  /** The upload if it is this caller's: a client token sees its own, an account key all. */
  get(id: string, client: string | null): Upload | null {
    return row<Upload>(
      this.#sql,
      'SELECT id, client, contentType, bytes, expiresAt FROM upload WHERE id = ? AND (? IS NULL OR client = ?)',
      id,
      client,
      client,
    )
  }

  /** Open is what can still be sent: its URL has not expired. */
  #check(
    bytes: number,
    most: UploadLimit,
    whose: string,
    condition: string,
    ...values: string[]
  ): void {
    const now = Date.now()
    const open = row<{ count: number; bytes: number | null; next: number | null }>(
      this.#sql,
      `SELECT COUNT(*) AS count, SUM(bytes) AS bytes, MIN(expiresAt) AS next FROM upload WHERE expiresAt > ? ${condition}`,
      now,
      ...values,
    )
    const count = (open?.count ?? 0) + 1
    const total = (open?.bytes ?? 0) + bytes
    if (count <= most.count && total <= most.bytes) return
    const [has, may] =
      count > most.count
        ? [`${count - 1} open uploads`, `${most.count}`]
        : [`${total - bytes} bytes in open uploads`, `${most.bytes} bytes`]
    throw new EditError('rate_limited', `${whose} has ${has}; the limit is ${may}`, {
      retryAfter: Math.ceil(((open?.next ?? now + UPLOAD_MS) - now) / 1000),
    })
  }

  /** The photo of `edit` is a copy of this upload. */
  use(id: string, edit: string): void {
    this.#sql.exec('INSERT OR IGNORE INTO upload_use (edit, upload) VALUES (?, ?)', edit, id)
  }

  /** The upload that only this edit uses; null if there is none. */
  usedOnlyBy(edit: string): string | null {
    const used = row<{ upload: string }>(
      this.#sql,
      `SELECT upload FROM upload_use AS mine WHERE edit = ? AND NOT EXISTS
        (SELECT 1 FROM upload_use WHERE upload = mine.upload AND edit <> mine.edit)`,
      edit,
    )
    return used?.upload ?? null
  }

  /** The edit no longer uses its upload. The upload's own row is left: its URL may still be valid. */
  unuse(edit: string): void {
    this.#sql.exec('DELETE FROM upload_use WHERE edit = ?', edit)
  }

  /** Uploads whose time is over, at most so many. */
  expired(limit: number): string[] {
    return rows<{ id: string }>(
      this.#sql,
      'SELECT id FROM upload WHERE expiresAt <= ? ORDER BY expiresAt LIMIT ?',
      Date.now() - UPLOAD_MS,
      limit,
    ).map(({ id }) => id)
  }

  /** The upload was deleted from the bucket. */
  forget(id: string): void {
    this.#sql.exec('DELETE FROM upload_use WHERE upload = ?', id)
    this.#sql.exec('DELETE FROM upload WHERE id = ?', id)
  }

  /** When the time of the next one is over. */
  nextAt(): number | null {
    const next = row<{ at: number | null }>(this.#sql, 'SELECT MIN(expiresAt) AS at FROM upload')
    return next === null || next.at === null ? null : next.at + UPLOAD_MS
  }
}
