/**
 * What an account ordered to pay, before Stripe hears of it: what the balance gets for a payment is
 * read here, never in what came back. Knows no ledger.
 */

import { EditError } from '../../../../shared/errors.ts'
import { CHECKOUT_MS } from '../../../outbound/stripe/requests.ts'
import type { NewPayment, PaymentRow } from '../../../rpc/account/payments.ts'
import { changed, row, rows } from '../../sql.ts'

export const paymentTables = [
  `CREATE TABLE payment (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('checkout', 'recharge')),
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'failed', 'expired')),
    pack TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, credit INTEGER NOT NULL,
    session TEXT, intent TEXT, url TEXT, receipt TEXT, returned INTEGER NOT NULL DEFAULT 0, fault TEXT,
    attempts INTEGER NOT NULL DEFAULT 0, nextAt INTEGER,
    createdAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL)`,
  // Each index enforces a rule: a payment of Stripe's is one of ours, and one recharge at a time.
  'CREATE UNIQUE INDEX payment_intent ON payment (intent) WHERE intent IS NOT NULL',
  "CREATE UNIQUE INDEX payment_recharge ON payment (kind) WHERE kind = 'recharge' AND state = 'open'",
  "CREATE INDEX payment_open ON payment (kind) WHERE state = 'open'",
  'CREATE INDEX payment_next ON payment (nextAt) WHERE nextAt IS NOT NULL',
  'CREATE INDEX payment_created ON payment (createdAt)',
]

const COLUMNS =
  'id, kind, state, pack, amount, currency, credit, session, intent, url, receipt, returned, fault, createdAt, expiresAt'

/** Pages of Stripe's that may be open at a time; each ends by itself. */
const MAX_OPEN = 20

const MINUTE_MS = 60_000
/**
 * When an open payment is asked about, if nobody has told us of it: 10 minutes after it began, then
 * after twice as long each time, up to 6 hours.
 */
const ASK_MS = { first: 10 * MINUTE_MS, most: 360 * MINUTE_MS }
/** When a charge of which nobody knows the end is sent again. */
const CHARGE_AGAIN_MS = { first: MINUTE_MS, most: 60 * MINUTE_MS }
/**
 * A charge is sent again for this long: Stripe forgets after a day that it was sent before, and would
 * charge twice.
 */
export const CHARGE_MS = 20 * 60 * MINUTE_MS

export class Payments {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Begins a payment on a page of Stripe's. @throws EditError `rate_limited` where many are open */
  begin(payment: NewPayment): void {
    const query = "SELECT COUNT(*) AS open FROM payment WHERE state = 'open' AND kind = 'checkout'"
    const open = row<{ open: number }>(this.#sql, query)?.open ?? 0
    if (open >= MAX_OPEN)
      throw new EditError('rate_limited', `the account has ${open} payments open`, {
        retryAfter: MINUTE_MS / 1000,
      })
    this.#add('checkout', payment, Date.now() + ASK_MS.first, CHECKOUT_MS)
  }

  /** Begins a recharge; false where one is open. */
  beginRecharge(payment: NewPayment): boolean {
    return this.#add('recharge', payment, Date.now(), CHARGE_MS)
  }

  /** What recharges that began since then have charged, or still may. */
  rechargedSince(time: number): number {
    const query =
      "SELECT TOTAL(amount) AS sum FROM payment WHERE createdAt >= ? AND kind = 'recharge' AND state IN ('open', 'paid')"
    return row<{ sum: number }>(this.#sql, query, time)?.sum ?? 0
  }

  opened(id: string, session: string, url: string): void {
    this.#sql.exec(
      'UPDATE payment SET session = COALESCE(session, ?), url = COALESCE(url, ?) WHERE id = ?',
      session,
      url,
      id,
    )
  }

  get(id: string): PaymentRow | null {
    return row<PaymentRow>(this.#sql, `SELECT ${COLUMNS} FROM payment WHERE id = ?`, id)
  }

  list(): PaymentRow[] {
    return rows<PaymentRow>(
      this.#sql,
      `SELECT ${COLUMNS} FROM payment ORDER BY createdAt DESC, rowid DESC LIMIT 100`,
    )
  }

  /** Open payments that should be asked about now. */
  due(): PaymentRow[] {
    return rows<PaymentRow>(
      this.#sql,
      `SELECT ${COLUMNS} FROM payment WHERE nextAt <= ? ORDER BY nextAt LIMIT 20`,
      Date.now(),
    )
  }

  nextAt(): number | null {
    return (
      row<{ at: number | null }>(this.#sql, 'SELECT MIN(nextAt) AS at FROM payment')?.at ?? null
    )
  }

  /** Counts a look at an open payment before it is made, as a delivery's is. */
  look({ id, kind }: PaymentRow): void {
    const { first, most } = kind === 'checkout' ? ASK_MS : CHARGE_AGAIN_MS
    this.#sql.exec(
      `UPDATE payment SET attempts = attempts + 1, nextAt = ? + MIN(?, ? << MIN(attempts, 20))
        WHERE id = ? AND nextAt IS NOT NULL`,
      Date.now(),
      most,
      first,
      id,
    )
  }

  /** It was paid, whatever was thought of it before. */
  paid(id: string, intent: string, receipt: string | null): void {
    this.#sql.exec(
      "UPDATE payment SET state = 'paid', intent = ?, receipt = COALESCE(?, receipt), url = NULL, fault = NULL, nextAt = NULL WHERE id = ?",
      intent,
      receipt,
      id,
    )
  }

  returned(id: string, amount: number): void {
    this.#sql.exec('UPDATE payment SET returned = returned + ? WHERE id = ?', amount, id)
  }

  /** An open payment came to nothing. @returns false where it is not open */
  end(id: string, state: 'failed' | 'expired', fault: string | null): boolean {
    const statement =
      "UPDATE payment SET state = ?, fault = ?, url = NULL, nextAt = NULL WHERE id = ? AND state = 'open' RETURNING id"
    return changed(this.#sql, statement, state, fault, id) === 1
  }

  #add(
    kind: 'checkout' | 'recharge',
    { id, pack, amount, currency, credit }: NewPayment,
    nextAt: number,
    lifeMs: number,
  ): boolean {
    const now = Date.now()
    const statement = `INSERT INTO payment (id, kind, state, pack, amount, currency, credit, nextAt, createdAt, expiresAt)
      VALUES (?, ?, 'open', ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`
    const values = [id, kind, pack, amount, currency, credit, nextAt, now, now + lifeMs]
    return changed(this.#sql, statement, ...values) === 1
  }
}
