/** Uploads an account has asked for: who may use them, and what was announced. */

import { row } from '../sql.ts'

export const uploadTables = [
  'CREATE TABLE upload (id TEXT PRIMARY KEY, client TEXT, contentType TEXT NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL)',
]

/** An upload URL lives this long. */
export const UPLOAD_MS = 3600_000
/**
 * An upload that no edit has copied is forgotten after a day; the bucket's lifecycle rule says the
 * same.
 */
const KEPT_MS = 24 * 3600_000

export type Upload = {
  id: string
  client: string | null
  contentType: string
  bytes: number
  expiresAt: number
}

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
