/** An owner's sessions. Each is known by the digest of a secret, and its cookie is replaced by the hour. */

import type { SessionCookie } from '../../access/sign-in.ts'
import type { NewSession, SessionRow } from '../../rpc/owner.ts'
import { changed, row, rows } from '../sql.ts'

/**
 * `generation` is that of the newest cookie that was given out, `seen` that of the newest that came
 * back: a response may get lost, and then the one before is still all that the browser has.
 */
export const sessionTables = [
  `CREATE TABLE session (
    hash TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, agent TEXT NOT NULL,
    generation INTEGER NOT NULL, seen INTEGER NOT NULL, seenAt INTEGER NOT NULL,
    createdAt INTEGER NOT NULL, usedAt INTEGER NOT NULL)`,
]

const HOUR_MS = 3600_000
const DAY_MS = 24 * HOUR_MS
/** A session that nobody used for so long is over, and so is one that was opened so long ago. */
export const IDLE_MS = 14 * DAY_MS
export const LONGEST_MS = 90 * DAY_MS
/** A cookie is replaced once it is this old. */
export const RENEW_MS = HOUR_MS
/** A replaced cookie may still come with requests that were on their way. */
export const LATE_MS = 60_000
/** Sessions of an owner; the one that was not used for longest gives way. */
const MOST_SESSIONS = 20

type StoredSession = Pick<SessionRow, 'id'> & { generation: number; seen: number; seenAt: number }

export class Sessions {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  add({ id, hash, agent }: NewSession): void {
    const now = Date.now()
    this.#sql.exec(
      'INSERT INTO session (hash, id, agent, generation, seen, seenAt, createdAt, usedAt) VALUES (?, ?, ?, 0, 0, ?, ?, ?)',
      hash,
      id,
      agent.slice(0, 200),
      now,
      now,
      now,
    )
    this.#sql.exec(
      'DELETE FROM session WHERE hash NOT IN (SELECT hash FROM session ORDER BY usedAt DESC, createdAt DESC LIMIT ?)',
      MOST_SESSIONS,
    )
  }

  /**
   * The session of a cookie, and the generation of the cookie that is to replace it. A replaced cookie
   * that comes back late ends the session: either it or its successor is in other hands.
   */
  use({ hash, generation }: Pick<SessionCookie, 'hash' | 'generation'>): {
    readonly id: string
    readonly renew: number | null
  } | null {
    const now = Date.now()
    const found = row<StoredSession>(
      this.#sql,
      'SELECT id, generation, seen, seenAt FROM session WHERE hash = ? AND usedAt > ? AND createdAt > ?',
      hash,
      now - IDLE_MS,
      now - LONGEST_MS,
    )
    if (found === null) return null
    const { id } = found
    if (generation < found.seen) {
      if (generation === found.seen - 1 && now - found.seenAt <= LATE_MS) return { id, renew: null }
      this.revoke(id)
      console.warn(JSON.stringify({ message: 'a replaced session cookie came back', session: id }))
      return null
    }
    const seenAt = generation > found.seen ? now : found.seenAt
    const isOld = generation === found.generation && now - seenAt > RENEW_MS
    const newest = isOld ? generation + 1 : found.generation
    this.#sql.exec(
      'UPDATE session SET generation = ?, seen = ?, seenAt = ?, usedAt = ? WHERE hash = ?',
      newest,
      generation,
      seenAt,
      now,
      hash,
    )
    return { id, renew: newest > generation ? newest : null }
  }

  list(): SessionRow[] {
    const now = Date.now()
    return rows<SessionRow>(
      this.#sql,
      'SELECT id, agent, createdAt, usedAt FROM session WHERE usedAt > ? AND createdAt > ? ORDER BY usedAt DESC, id',
      now - IDLE_MS,
      now - LONGEST_MS,
    )
  }

  /** @returns false if there is none with this id */
  revoke(id: string): boolean {
    return changed(this.#sql, 'DELETE FROM session WHERE id = ? RETURNING id', id) === 1
  }

  revokeOthers(id: string): void {
    this.#sql.exec('DELETE FROM session WHERE id <> ?', id)
  }
}
