/**
 * Responses by Idempotency-Key. A fingerprint identifies equal requests; only successful
 * responses are stored, for as long as `settings/retention.ts` says.
 */

import { EditError } from '../../../shared/errors.ts'
import type { Once } from '../../rpc/account/idempotency.ts'
import { RESPONSES_MS } from '../../settings/retention.ts'
import { row } from '../sql.ts'

export const idempotencyTables = [
  `CREATE TABLE idempotency (
    scope TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    response TEXT, holder TEXT, until INTEGER NOT NULL,
    PRIMARY KEY (scope, key))`,
  'CREATE INDEX idempotency_until ON idempotency (until)',
]

const LEASE_MS = 60_000

type IdempotencyRow = {
  fingerprint: string
  response: string | null
  holder: string | null
  until: number
}

export class Idempotency {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * The stored response, or null where the work is still to be done.
   *
   * @throws EditError `idempotency_key_reused`, `idempotency_in_flight`
   */
  find(once: Once): string | null {
    const now = Date.now()
    const known = row<IdempotencyRow>(
      this.#sql,
      'SELECT fingerprint, response, holder, until FROM idempotency WHERE scope = ? AND key = ?',
      once.scope,
      once.key,
    )
    if (known === null || known.until <= now) return null
    if (known.fingerprint !== once.fingerprint)
      throw new EditError(
        'idempotency_key_reused',
        'this Idempotency-Key was used with another request',
      )
    if (known.response === null && known.holder !== once.holder)
      throw new EditError('idempotency_in_flight', 'the same request is still in progress', {
        retryAfter: 1,
      })
    return known.response
  }

  /** Marks the work as started, for a minute. Call {@link find} first. */
  lease(once: Once): void {
    this.#put(once, null, Date.now() + LEASE_MS)
  }

  /** Deletes a lease: the work failed, and may be tried again at once. */
  release(once: Once): void {
    this.#sql.exec(
      'DELETE FROM idempotency WHERE scope = ? AND key = ? AND response IS NULL AND holder = ?',
      once.scope,
      once.key,
      once.holder,
    )
  }

  /** Stores the response, in the transaction that did the work. */
  store(once: Once, response: string): void {
    this.#put(once, response, Date.now() + RESPONSES_MS)
  }

  /** Deletes what has expired. */
  sweep(): void {
    this.#sql.exec('DELETE FROM idempotency WHERE until <= ?', Date.now())
  }

  /** When the next one expires. */
  nextAt(): number | null {
    const query = 'SELECT MIN(until) AS until FROM idempotency'
    return row<{ until: number | null }>(this.#sql, query)?.until ?? null
  }

  #put(once: Once, response: string | null, until: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO idempotency (scope, key, fingerprint, response, holder, until) VALUES (?, ?, ?, ?, ?, ?)',
      once.scope,
      once.key,
      once.fingerprint,
      response,
      once.holder,
      until,
    )
  }
}
