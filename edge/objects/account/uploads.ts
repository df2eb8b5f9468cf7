/** Uploads an account has requested: who may use each, and the type and length it was signed for. */

import type { Upload } from '../../rpc/account/uploads.ts'
import { row } from '../sql.ts'

export const uploadTables = [
  'CREATE TABLE upload (id TEXT PRIMARY KEY, client TEXT, contentType TEXT NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL)',
]

/** An upload URL lives this long. */
export const UPLOAD_MS = 3600_000
/**
 * The row of an upload is deleted after a day, as the bucket's lifecycle rule deletes the file.
 */
const KEPT_MS = 24 * 3600_000

export class Uploads {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add(upload: Upload): void {
    this.#sql.exec('DELETE FROM upload WHERE expiresAt < ?', Date.now() - KEPT_MS)
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
}
