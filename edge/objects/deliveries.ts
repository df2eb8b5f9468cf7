/**
 * Webhook messages to be sent (Standard Webhooks 1.0.0): a queue with its retry schedule, stored in
 * the object whose event it is. Knows no secrets.
 */

import type { DeliveryResult } from '../outbound/webhooks.ts'
import type { Delivery } from '../rpc/account/webhooks.ts'
import { changed, row, rows } from './sql.ts'

export const deliveryTables = [
  `CREATE TABLE delivery (
    id TEXT NOT NULL, endpoint TEXT NOT NULL, type TEXT NOT NULL, body TEXT NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0, nextAt INTEGER NOT NULL, PRIMARY KEY (id, endpoint))`,
]

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Waits before the 2nd, 3rd, ... attempt: the schedule of the Standard Webhooks specification. */
export const RETRY_SCHEDULE_MS = [
  5_000,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
] as const

/** Each retry is delayed by up to a tenth more, so that they do not all arrive at once. */
const JITTER = 0.1

/** The message about an edit's end: the same however often the end is settled. */
export function endMessageId(edit: string): string {
  return `msg_${edit.slice('edit_'.length)}`
}

export class Deliveries {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Queues a message; the same message to the same endpoint is queued once. */
  add(message: Pick<Delivery, 'id' | 'endpoint' | 'type' | 'body'>): void {
    const { id, endpoint, type, body } = message
    this.#sql.exec(
      'INSERT OR IGNORE INTO delivery (id, endpoint, type, body, nextAt) VALUES (?, ?, ?, ?, ?)',
      id,
      endpoint,
      type,
      body,
      Date.now(),
    )
  }

  /** Takes the metadata of a deleted edit out of the messages about its end. */
  dropMetadata(edit: string): void {
    this.#sql.exec(
      "UPDATE delivery SET body = json_set(body, '$.data.metadata', json('{}')) WHERE id = ?",
      endMessageId(edit),
    )
  }

  due(): Delivery[] {
    return rows<Delivery>(
      this.#sql,
      'SELECT id, endpoint, type, body, attempt FROM delivery WHERE nextAt <= ? ORDER BY nextAt LIMIT 20',
      Date.now(),
    )
  }

  /**
   * Counts the attempt before it is made: if this object crashes meanwhile, the message is sent again
   * later and not at once.
   */
  begin(delivery: Delivery): boolean {
    const wait = RETRY_SCHEDULE_MS[delivery.attempt] ?? RETRY_SCHEDULE_MS.at(-1) ?? 0
    const statement =
      'UPDATE delivery SET attempt = attempt + 1, nextAt = ? WHERE id = ? AND endpoint = ? AND attempt = ? RETURNING id'
    const nextAt = Date.now() + Math.round(wait * (1 + JITTER * Math.random()))
    const { id, endpoint, attempt } = delivery
    return changed(this.#sql, statement, nextAt, id, endpoint, attempt) === 1
  }

  /** Stores an attempt's result. A message is deleted once delivered, or after the last retry. */
  end(delivery: Delivery, result: DeliveryResult): void {
    const { id, endpoint, attempt } = delivery
    if (result.ok || result.stop || attempt >= RETRY_SCHEDULE_MS.length)
      this.#sql.exec('DELETE FROM delivery WHERE id = ? AND endpoint = ?', id, endpoint)
    else if (result.retryAfter !== null)
      this.#sql.exec(
        'UPDATE delivery SET nextAt = MAX(nextAt, ?) WHERE id = ? AND endpoint = ?',
        Date.now() + 1000 * Math.min(result.retryAfter, 24 * 3600),
        id,
        endpoint,
      )
  }

  nextAt(): number | null {
    return (
      row<{ at: number | null }>(this.#sql, 'SELECT MIN(nextAt) AS at FROM delivery')?.at ?? null
    )
  }
}
