/** Who the account is at Stripe, its saved card, whether it is charged by itself, and who is mailed if not. */

import { EditError } from '../../../../shared/errors.ts'
import type { Card } from '../../../outbound/stripe/facts.ts'
import type { AutoRecharge, RechargeOrder, StopReason } from '../../../rpc/account/payments.ts'
import { changed, row } from '../../sql.ts'

export const payerTables = [
  `CREATE TABLE payer (
    one INTEGER PRIMARY KEY CHECK (one = 1), customer TEXT, method TEXT, brand TEXT, last4 TEXT,
    enabled INTEGER NOT NULL DEFAULT 0, threshold INTEGER NOT NULL DEFAULT 0, pack TEXT, monthlyLimit INTEGER, stopped TEXT,
    email TEXT, mailAt INTEGER, mailTries INTEGER NOT NULL DEFAULT 0)`,
  'INSERT INTO payer (one) VALUES (1)',
]

type PayerRow = {
  customer: string | null
  method: string | null
  brand: string | null
  last4: string | null
  enabled: number
  threshold: number
  pack: string | null
  monthlyLimit: number | null
  stopped: StopReason | null
  email: string | null
}

/** The owner is mailed again after 5 minutes, 10, 20, ..., so often at most. */
const MAIL_AGAIN_MS = 5 * 60_000
const MAIL_TRIES = 8

export class Payer {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get customer(): string | null {
    return this.#row().customer
  }

  /** The first stays: its payments and card are there. */
  setCustomer(id: string): void {
    this.#sql.exec('UPDATE payer SET customer = COALESCE(customer, ?)', id)
  }

  /** The newest card replaces the one before. */
  saveCard({ id, brand, last4 }: Card): void {
    this.#sql.exec('UPDATE payer SET method = ?, brand = ?, last4 = ?', id, brand, last4)
  }

  autoRecharge(): AutoRecharge {
    const { method, brand, last4, enabled, ...rest } = this.#row()
    const { threshold, pack, monthlyLimit, stopped } = rest
    const card = method === null ? null : { id: method, brand: brand ?? '', last4: last4 ?? '' }
    return { enabled: enabled === 1, threshold, pack, monthlyLimit, card, stopped }
  }

  /** @throws EditError `conflict` where no card is saved */
  start({ threshold, pack, monthlyLimit, email }: RechargeOrder): void {
    if (this.#row().method === null)
      throw new EditError('conflict', 'no card is saved: top up once with saveCard first')
    this.#sql.exec(
      'UPDATE payer SET enabled = 1, threshold = ?, pack = ?, monthlyLimit = ?, stopped = NULL, mailAt = NULL, email = COALESCE(?, email)',
      threshold,
      pack,
      monthlyLimit,
      email,
    )
  }

  /** @param reason null where its owner turned it off @returns false where it was off */
  stop(reason: StopReason | null): boolean {
    const statement = `UPDATE payer SET enabled = 0, stopped = ?, mailTries = 0,
      mailAt = CASE WHEN email IS NULL THEN NULL ELSE ? END WHERE enabled = 1 RETURNING one`
    return changed(this.#sql, statement, reason, reason === null ? null : Date.now()) === 1
  }

  /** The mail that is due, counted before it is sent, as a delivery is. */
  beginMail(): { readonly email: string; readonly reason: StopReason } | null {
    const now = Date.now()
    const statement = `UPDATE payer SET mailTries = mailTries + 1,
      mailAt = CASE WHEN mailTries + 1 >= ? THEN NULL ELSE ? + (? << mailTries) END
      WHERE mailAt <= ? RETURNING one`
    if (changed(this.#sql, statement, MAIL_TRIES, now, MAIL_AGAIN_MS, now) === 0) return null
    const { email, stopped: reason } = this.#row()
    return email === null || reason === null ? null : { email, reason }
  }

  mailed(): void {
    this.#sql.exec('UPDATE payer SET mailAt = NULL')
  }

  /** When a mail is due. */
  nextAt(): number | null {
    return row<{ mailAt: number | null }>(this.#sql, 'SELECT mailAt FROM payer')?.mailAt ?? null
  }

  #row(): PayerRow {
    const found = row<PayerRow>(this.#sql, 'SELECT * FROM payer')
    if (found === null) throw new Error('the account has no row of its payer')
    return found
  }
}
