/**
 * Uploads an account has requested: who may use each, the type and length it was signed for, and the
 * edits that were made of it.
 */

import type { Upload } from '../../rpc/account/uploads.ts'
import { UPLOAD_MS } from '../../settings/retention.ts'
import { row, rows } from '../sql.ts'

export const uploadTables = [
  'CREATE TABLE upload (id TEXT PRIMARY KEY, client TEXT, contentType TEXT NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL)',
]

/** Which edits are copies of an upload. */
export const uploadUses = [
  'CREATE TABLE upload_use (edit TEXT PRIMARY KEY, upload TEXT NOT NULL) WITHOUT ROWID',
  'CREATE INDEX upload_use_upload ON upload_use (upload)',
  'CREATE INDEX upload_expires ON upload (expiresAt)',
]

export class Uploads {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(upload: Upload): void {
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
