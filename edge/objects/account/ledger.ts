/**
 * An account's money: an append-only ledger in micro-units, and a balance row that always equals
 * its sum. Knows no edits beyond their ids.
 */

import { EditError } from '../../../shared/errors.ts'
import type { Audit, Payer, Settlement, UsageLine } from '../../rpc/account/ledger.ts'
import { changed, row, rows } from '../sql.ts'

/** What a posting is. Its amount is what it does to the balance that can be spent. */
export type PostingKind = 'topup' | 'hold' | 'capture' | 'release' | 'refund'

export const ledgerTables = [
  `CREATE TABLE ledger (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL CHECK (kind IN ('topup', 'hold', 'capture', 'release', 'refund')),
    amount INTEGER NOT NULL,
    price INTEGER NOT NULL,
    edit TEXT,
    key TEXT,
    client TEXT,
    reference TEXT,
    at INTEGER NOT NULL)`,
  // Each index enforces a rule: one hold, one settlement and one refund per edit, one posting per
  // reference.
  "CREATE UNIQUE INDEX ledger_hold ON ledger (edit) WHERE kind = 'hold'",
  "CREATE UNIQUE INDEX ledger_settlement ON ledger (edit) WHERE kind IN ('capture', 'release')",
  "CREATE UNIQUE INDEX ledger_refund ON ledger (edit) WHERE kind = 'refund'",
  'CREATE UNIQUE INDEX ledger_reference ON ledger (reference) WHERE reference IS NOT NULL',
  'CREATE INDEX ledger_at ON ledger (at)',
  'CREATE TABLE balance (one INTEGER PRIMARY KEY CHECK (one = 1), amount INTEGER NOT NULL)',
  'INSERT INTO balance (one, amount) VALUES (1, 0)',
]

export class Ledger {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get balance(): number {
    return row<{ amount: number }>(this.#sql, 'SELECT amount FROM balance')?.amount ?? 0
  }

  /** Adds money. The same `reference` again changes nothing; says whether it was new. */
  topup(amount: number, reference: string): boolean {
    const known = row<{ amount: number; kind: string }>(
      this.#sql,
      'SELECT kind, amount FROM ledger WHERE reference = ?',
      reference,
    )
    if (known !== null) {
      if (known.kind === 'topup' && known.amount === amount) return false
      throw new EditError('conflict', `reference ${reference} was already used for another posting`)
    }
    this.#post('topup', amount, amount, { reference })
    return true
  }

  /** @throws EditError `insufficient_credit` where the balance does not cover the price */
  check(price: number): void {
    const { balance } = this
    if (price > balance)
      throw new EditError(
        'insufficient_credit',
        `the edit costs ${price} micro-units, the balance is ${balance}`,
      )
  }

  /** Takes `price` out of what can be spent. @throws EditError `insufficient_credit` */
  hold(edit: string, price: number, payer: Payer): void {
    this.check(price)
    this.#post('hold', -price, price, { edit, ...payer })
  }

  /**
   * Settles a hold, once: the first settlement stands, and later calls return it.
   *
   * @returns what became of the hold, and whether this call did it; null where there is none
   */
  settle(
    edit: string,
    settlement: Settlement,
  ): { readonly settlement: Settlement; readonly fresh: boolean } | null {
    const hold = row<{ price: number; key: string; client: string | null }>(
      this.#sql,
      "SELECT price, key, client FROM ledger WHERE edit = ? AND kind = 'hold'",
      edit,
    )
    if (hold === null) return null
    const before = this.settlementOf(edit)
    if (before !== null) return { settlement: before, fresh: false }
    const amount = settlement === 'release' ? hold.price : 0
    this.#post(settlement, amount, hold.price, { edit, key: hold.key, client: hold.client })
    return { settlement, fresh: true }
  }

  /** How an edit's hold ended; null while it is held. */
  settlementOf(edit: string): Settlement | null {
    const kinds = "('capture', 'release')"
    return (
      row<{ kind: Settlement }>(
        this.#sql,
        `SELECT kind FROM ledger WHERE edit = ? AND kind IN ${kinds}`,
        edit,
      )?.kind ?? null
    )
  }

  /**
   * Gives a captured price back; at most once an edit. @throws EditError `conflict`, `not_found`
   */
  refund(edit: string, reference: string): { readonly amount: number; readonly fresh: boolean } {
    const done = row<{ amount: number; reference: string }>(
      this.#sql,
      "SELECT amount, reference FROM ledger WHERE edit = ? AND kind = 'refund'",
      edit,
    )
    if (done !== null) {
      if (done.reference === reference) return { amount: done.amount, fresh: false }
      throw new EditError('conflict', `edit ${edit} was already refunded`)
    }
    const capture = row<{ price: number; key: string; client: string | null }>(
      this.#sql,
      "SELECT price, key, client FROM ledger WHERE edit = ? AND kind = 'capture'",
      edit,
    )
    if (capture === null) throw new EditError('not_found', `edit ${edit} was not charged`)
    if (row(this.#sql, 'SELECT seq FROM ledger WHERE reference = ?', reference) !== null)
      throw new EditError('conflict', `reference ${reference} was already used for another posting`)
    const { price, key, client } = capture
    this.#post('refund', price, price, { edit, key, client, reference })
    return { amount: price, fresh: true }
  }

  /** The balance row beside the sum of the postings. They differ only if we have a bug. */
  audit(): Audit {
    const sum = row<{ sum: number | null }>(this.#sql, 'SELECT SUM(amount) AS sum FROM ledger')
    const held = row<{ held: number | null }>(
      this.#sql,
      `SELECT SUM(price) AS held FROM ledger AS hold WHERE kind = 'hold' AND NOT EXISTS
        (SELECT 1 FROM ledger WHERE edit = hold.edit AND kind IN ('capture', 'release'))`,
    )
    return { balance: this.balance, sum: sum?.sum ?? 0, held: held?.held ?? 0 }
  }

  /** What was spent between two times, by day (UTC), key or client token. */
  usage(from: number, to: number, by: 'day' | 'key' | 'client'): UsageLine[] {
    const group =
      by === 'day' ? "strftime('%Y-%m-%d', at / 1000, 'unixepoch')" : `COALESCE(${by}, '')`
    return rows<UsageLine & Record<string, SqlStorageValue>>(
      this.#sql,
      `SELECT ${group} AS "group",
        SUM(kind = 'hold') AS edits,
        SUM(kind = 'capture') AS captured,
        SUM(kind = 'release') AS released,
        SUM(kind = 'refund') AS refunded,
        SUM(CASE kind WHEN 'capture' THEN price WHEN 'refund' THEN -price ELSE 0 END) AS cost
      FROM ledger WHERE at >= ? AND at < ? AND kind <> 'topup' GROUP BY 1 ORDER BY 1`,
      from,
      to,
    )
  }

  #post(
    kind: PostingKind,
    amount: number,
    price: number,
    about: { edit?: string; key?: string; client?: string | null; reference?: string },
  ): void {
    this.#sql.exec(
      'INSERT INTO ledger (kind, amount, price, edit, key, client, reference, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      kind,
      amount,
      price,
      about.edit ?? null,
      about.key ?? null,
      about.client ?? null,
      about.reference ?? null,
      Date.now(),
    )
    const moved = changed(
      this.#sql,
      'UPDATE balance SET amount = amount + ? WHERE amount + ? >= 0 RETURNING amount',
      amount,
      amount,
    )
    if (moved !== 1) throw new Error(`a ${kind} of ${amount} would make the balance negative`)
  }
}
