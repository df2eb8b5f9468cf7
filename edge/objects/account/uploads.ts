/** Uploads an account has requested: who may use each, and the type and length it was signed for. */

import { EditError } from '../../../shared/errors.ts'
import type { Upload } from '../../rpc/account/uploads.ts'
import { row } from '../sql.ts'

export const uploadTables = [
  'CREATE TABLE upload (id TEXT PRIMARY KEY, client TEXT, contentType TEXT NOT NULL, bytes INTEGER NOT NULL, expiresAt INTEGER NOT NULL)',
]

/** For counting those whose URL is still valid, without reading others. */
export const uploadIndexes = [
  'CREATE INDEX upload_open ON upload (expiresAt, bytes)',
  'CREATE INDEX upload_open_client ON upload (client, expiresAt, bytes)',
]

/** An upload URL lives this long. */
export const UPLOAD_MS = 3600_000
/**
 * The row of an upload is deleted after a day, as the bucket's lifecycle rule deletes the file.
 */
const KEPT_MS = 24 * 3600_000

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
    this.#sql.exec('DELETE FROM upload WHERE expiresAt < ?', Date.now() - KEPT_MS)
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
    throw new EditError('rate_limited', `${whose} has ${has}, the most is ${may}`, {
      retryAfter: Math.ceil(((open?.next ?? now + UPLOAD_MS) - now) / 1000),
    })
  }
}
