/** Who the account is at Stripe, its saved card, and whether it is charged by itself. */

import { EditError } from '../../../../shared/errors.ts'
import type { Card } from '../../../outbound/stripe/facts.ts'
import type { AutoRecharge, RechargeOrder, StopReason } from '../../../rpc/account/payments.ts'
import { changed, row } from '../../sql.ts'

export const payerTables = [
  `CREATE TABLE payer (
    one INTEGER PRIMARY KEY CHECK (one = 1), customer TEXT, method TEXT, brand TEXT, last4 TEXT,
    enabled INTEGER NOT NULL DEFAULT 0, threshold INTEGER NOT NULL DEFAULT 0, pack TEXT, monthlyLimit INTEGER, stopped TEXT)`,
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
}

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
  start({ threshold, pack, monthlyLimit }: RechargeOrder): void {
    if (this.#row().method === null)
      throw new EditError('conflict', 'no card is saved: top up once with saveCard first')
    this.#sql.exec(
      'UPDATE payer SET enabled = 1, threshold = ?, pack = ?, monthlyLimit = ?, stopped = NULL',
      threshold,
      pack,
      monthlyLimit,
    )
  }

  /** @param reason null where its owner turned it off @returns false where it was off */
  stop(reason: StopReason | null): boolean {
    const statement = 'UPDATE payer SET enabled = 0, stopped = ? WHERE enabled = 1 RETURNING one'
    return changed(this.#sql, statement, reason) === 1
  }

  #row(): PayerRow {
    const found = row<PayerRow>(this.#sql, 'SELECT * FROM payer')
    if (found === null) throw new Error('the account has no row of its payer')
    return found
  }
}
