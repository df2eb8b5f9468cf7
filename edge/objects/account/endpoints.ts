/**
 * An account's webhook endpoints, and the log of what was sent to them. Secrets are sealed.
 */

import { EditError } from '../../../shared/errors.ts'
import { alertAddress } from '../../outbound/alert.ts'
import type { WebhookEvent } from '../../outbound/webhook-message.ts'
import type { DeliveryTry } from '../../outbound/webhooks.ts'
import type {
  Delivery,
  Destination,
  EndpointRow,
  LogRow,
  NewEndpoint,
} from '../../rpc/account/webhooks.ts'
import { endMessageId } from '../deliveries.ts'
import { changed, row, rows } from '../sql.ts'

export const endpointTables = [
  `CREATE TABLE endpoint (
    id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, sealed TEXT NOT NULL,
    sealedBefore TEXT, beforeUntil INTEGER, createdAt INTEGER NOT NULL, disabledAt INTEGER)`,
  `CREATE TABLE delivery_log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, message TEXT NOT NULL,
    type TEXT NOT NULL, body TEXT NOT NULL, attempt INTEGER NOT NULL, status INTEGER NOT NULL,
    detail TEXT NOT NULL, milliseconds INTEGER NOT NULL, at INTEGER NOT NULL)`,
  'CREATE INDEX delivery_log_endpoint ON delivery_log (endpoint, seq)',
]

/** Finds the messages about an edit. */
export const deliveryLogMessage = ['CREATE INDEX delivery_log_message ON delivery_log (message)']

/** After a rotation the old secret signs too for this long. */
const OVERLAP_MS = 24 * 3600_000
/** Log lines kept per endpoint. */
const LOG_LENGTH = 500
export const MAX_ENDPOINTS = 20

export class Endpoints {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * Adds an endpoint. An address that is mailed already gets no second one: its owner's request may
   * come twice at once.
   *
   * @throws EditError `conflict` where there are too many
   */
  add({ id, url, events, sealed }: NewEndpoint): void {
    if (alertAddress(url) !== null && this.list().some((one) => one.url === url)) return
    if (this.list().length >= MAX_ENDPOINTS)
      throw new EditError('conflict', `an account has at most ${MAX_ENDPOINTS} webhook endpoints`)
    this.#sql.exec(
      'INSERT INTO endpoint (id, url, events, sealed, createdAt) VALUES (?, ?, ?, ?, ?)',
      id,
      url,
      JSON.stringify(events),
      sealed,
      Date.now(),
    )
  }

  list(): EndpointRow[] {
    return rows<EndpointRow>(
      this.#sql,
      'SELECT id, url, events, createdAt, disabledAt FROM endpoint ORDER BY createdAt, id',
    )
  }

  /** @throws EditError `not_found` */
  remove(id: string): void {
    if (changed(this.#sql, 'DELETE FROM endpoint WHERE id = ? RETURNING id', id) === 0)
      throw new EditError('not_found', `there is no webhook endpoint ${id}`)
    this.#sql.exec('DELETE FROM delivery_log WHERE endpoint = ?', id)
  }

  /** A new secret; the old one signs too for a day. @throws EditError `not_found` */
  rotate(id: string, sealed: string): void {
    const statement =
      'UPDATE endpoint SET sealedBefore = sealed, beforeUntil = ?, sealed = ?, disabledAt = NULL WHERE id = ? RETURNING id'
    if (changed(this.#sql, statement, Date.now() + OVERLAP_MS, sealed, id) === 0)
      throw new EditError('not_found', `there is no webhook endpoint ${id}`)
  }

  /** Endpoints that want an event. */
  wanting(event: WebhookEvent): string[] {
    return this.list()
      .filter((one) => one.disabledAt === null && JSON.parse(one.events).includes(event))
      .map(({ id }) => id)
  }

  /** Where to deliver; null where the endpoint is removed or switched off. */
  destination(id: string): Destination | null {
    const found = row<{
      url: string
      sealed: string
      sealedBefore: string | null
      beforeUntil: number | null
      disabledAt: number | null
    }>(
      this.#sql,
      'SELECT url, sealed, sealedBefore, beforeUntil, disabledAt FROM endpoint WHERE id = ?',
      id,
    )
    if (found === null || found.disabledAt !== null) return null
    const { url, sealed, sealedBefore, beforeUntil } = found
    const both = sealedBefore !== null && (beforeUntil ?? 0) > Date.now()
    return { url, sealed: both ? [sealed, sealedBefore] : [sealed] }
  }

  /** Logs an attempt; a 410 switches the endpoint off. */
  log(delivery: Delivery, attempt: DeliveryTry): void {
    this.#sql.exec(
      'INSERT INTO delivery_log (endpoint, message, type, body, attempt, status, detail, milliseconds, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
      delivery.endpoint,
      delivery.id,
      delivery.type,
      delivery.body,
      delivery.attempt,
      attempt.status,
      attempt.detail.slice(0, 200),
      attempt.milliseconds,
      Date.now(),
    )
    this.#sql.exec(
      'DELETE FROM delivery_log WHERE endpoint = ? AND seq <= (SELECT MAX(seq) FROM delivery_log WHERE endpoint = ?) - ?',
      delivery.endpoint,
      delivery.endpoint,
      LOG_LENGTH,
    )
    if (attempt.status === 410)
      this.#sql.exec(
        'UPDATE endpoint SET disabledAt = ? WHERE id = ?',
        Date.now(),
        delivery.endpoint,
      )
  }

  /** The last 100 deliveries, newest first. @throws EditError `not_found` */
  logOf(endpoint: string): LogRow[] {
    if (!this.list().some(({ id }) => id === endpoint))
      throw new EditError('not_found', `there is no webhook endpoint ${endpoint}`)
    return rows<LogRow>(
      this.#sql,
      'SELECT message, type, attempt, status, detail, milliseconds, at FROM delivery_log WHERE endpoint = ? ORDER BY seq DESC LIMIT 100',
      endpoint,
    )
  }

  /** Takes the metadata of an edit out of the messages about its end, which can be sent again. */
  dropMetadata(edit: string): void {
    this.#sql.exec(
      "UPDATE delivery_log SET body = json_set(body, '$.data.metadata', json('{}')) WHERE message = ?",
      endMessageId(edit),
    )
  }

  /** A message that was sent before, to be sent once more. @throws EditError `not_found` */
  logged(endpoint: string, message: string): Pick<Delivery, 'type' | 'body'> {
    const found = row<{ type: string; body: string }>(
      this.#sql,
      'SELECT type, body FROM delivery_log WHERE endpoint = ? AND message = ? ORDER BY seq DESC LIMIT 1',
      endpoint,
      message,
    )
    if (found === null) throw new EditError('not_found', `there is no message ${message}`)
    return found
  }
}
