/**
 * An account's money: an append-only ledger in micro-units, and sums of it that every posting carries
 * on, so that no question about money reads more than a page of postings. Knows no edits beyond
 * their ids.
 */

import { EditError } from '../../../shared/errors.ts'
import type { ModelName } from '../../../shared/models.ts'
import type { Audit, AuditPage, Payer, Settlement } from '../../rpc/account/ledger.ts'
import { row } from '../sql.ts'
import { Usage } from './usage.ts'

/** What a posting is. Its amount is what it does to the balance that can be spent. */
export type PostingKind = 'topup' | 'hold' | 'capture' | 'release' | 'refund'

/**
 * Where a top-up comes from if not from the operator. Those of a refund or dispute take back what a
 * payment gave, and give it again if the refund fails or the dispute is won: refunds *of edits* are
 * postings of their own kind.
 */
export type Source = 'trial' | 'payment' | 'refund' | 'dispute'

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

/** What a posting does to the sum of holds. */
const HELD =
  "CASE kind WHEN 'hold' THEN price WHEN 'capture' THEN -price WHEN 'release' THEN -price ELSE 0 END"
const COST = "CASE kind WHEN 'capture' THEN price WHEN 'refund' THEN -price ELSE 0 END"

/**
 * What is held, as a running sum; and how far the postings were added up again, so that the running
 * sums are checked against them a page at a time.
 */
export const runningSums = [
  'ALTER TABLE balance ADD COLUMN held INTEGER NOT NULL DEFAULT 0',
  'CREATE TABLE checked (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, sum INTEGER NOT NULL, held INTEGER NOT NULL)',
  `INSERT INTO checked (one, seq, sum, held)
    SELECT 1, COALESCE(MAX(seq), 0), COALESCE(SUM(amount), 0), COALESCE(SUM(${HELD}), 0) FROM ledger`,
  'UPDATE balance SET held = (SELECT held FROM checked)',
]

/** A column, since a new kind would mean copying the ledger: SQLite cannot change a CHECK. */
export const sourceColumn = ['ALTER TABLE ledger ADD COLUMN source TEXT']

/** Which model a hold was for; null in postings of older releases. */
export const modelColumn = ['ALTER TABLE ledger ADD COLUMN model TEXT']

/** Postings that are added up again at a time. */
const CHECKED_PAGE = 500
/** Postings per page of a full audit. */
const AUDIT_PAGE = 5000

/** What a settlement or refund takes over from the posting before it. */
type Paid = { price: number; key: string; client: string | null; model: string | null }

type Sums = { seq: number; sum: number; held: number; cost: number; postings: number }

export class Ledger {
  readonly #sql: SqlStorage
  readonly #usage: Usage

  constructor(sql: SqlStorage) {
    this.#sql = sql
    this.#usage = new Usage(sql)
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

  /**
   * Posts money that came in or went back without the operator. The same `reference` again changes
   * nothing, whatever else was posted meanwhile; says whether it was new.
   */
  record(source: Source, amount: number, reference: string): boolean {
    const known = row<{ source: string | null; amount: number }>(
      this.#sql,
      'SELECT source, amount FROM ledger WHERE reference = ?',
      reference,
    )
    if (known !== null) {
      if (known.source === source && known.amount === amount) return false
      throw new Error(`reference ${reference} was already used for another posting`)
    }
    this.#post('topup', amount, amount, { reference, source })
    return true
  }

  /**
   * @param price of so many edits together
   * @throws EditError `insufficient_credit` where the balance does not cover it
   */
  check(price: number, edits = 1): void {
    const { balance } = this
    // What is free is free also where a dispute has left the balance below zero.
    if (price > 0 && price > balance)
      throw new EditError(
        'insufficient_credit',
        `${costOf(price, edits)}; the balance is ${balance}`,
      )
  }

  /** Takes `price` out of what can be spent. @throws EditError `insufficient_credit` */
  hold(edit: string, price: number, payer: Payer, model: ModelName): void {
    this.check(price)
    this.#post('hold', -price, price, { edit, ...payer, model })
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
    const hold = row<Paid>(
      this.#sql,
      "SELECT price, key, client, model FROM ledger WHERE edit = ? AND kind = 'hold'",
      edit,
    )
    if (hold === null) return null
    const before = this.settlementOf(edit)
    if (before !== null) return { settlement: before, fresh: false }
    const amount = settlement === 'release' ? hold.price : 0
    const { price, ...of } = hold
    this.#post(settlement, amount, price, { edit, ...of })
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
    const capture = row<Paid>(
      this.#sql,
      "SELECT price, key, client, model FROM ledger WHERE edit = ? AND kind = 'capture'",
      edit,
    )
    if (capture === null) throw new EditError('not_found', `edit ${edit} was not charged`)
    if (row(this.#sql, 'SELECT seq FROM ledger WHERE reference = ?', reference) !== null)
      throw new EditError('conflict', `reference ${reference} was already used for another posting`)
    const { price, ...of } = capture
    this.#post('refund', price, price, { edit, ...of, reference })
    return { amount: price, fresh: true }
  }

  /**
   * The running sums beside what the postings add up to. They differ only if we have a bug. Reads the
   * postings that were not added up yet: hardly more than a page.
   */
  audit(): Audit {
    const { amount: balance, held } = this.#running()
    const checked = this.#checked()
    const rest = this.#sums(checked.seq, 2 * CHECKED_PAGE)
    return { balance, held, sum: checked.sum + rest.sum, heldSum: checked.held + rest.held }
  }

  /**
   * A page of the full audit, which adds up every posting again.
   *
   * @param after number of the last posting that was added up before; 0 to begin
   */
  auditPage(after: number): AuditPage {
    const { seq, ...sums } = this.#sums(after, AUDIT_PAGE)
    const last = row<{ seq: number | null }>(this.#sql, 'SELECT MAX(seq) AS seq FROM ledger')
    const next = seq < (last?.seq ?? 0) ? seq : null
    const { amount: balance, held } = this.#running()
    return { next, sums, running: { balance, held, cost: this.#usage.cost } }
  }

  /** What was spent between two times, by day (UTC), key, client token or model. Whole days count. */
  usage(...query: Parameters<Usage['lines']>): ReturnType<Usage['lines']> {
    return this.#usage.lines(...query)
  }

  #post(
    kind: PostingKind,
    amount: number,
    price: number,
    about: {
      edit?: string
      key?: string
      client?: string | null
      model?: string | null
      reference?: string
      source?: Source
    },
  ): void {
    const posted = row<{ seq: number }>(
      this.#sql,
      'INSERT INTO ledger (kind, amount, price, edit, key, client, model, reference, source, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING seq',
      kind,
      amount,
      price,
      about.edit ?? null,
      about.key ?? null,
      about.client ?? null,
      about.model ?? null,
      about.reference ?? null,
      about.source ?? null,
      Date.now(),
    )
    const held = kind === 'hold' ? price : kind === 'capture' || kind === 'release' ? -price : 0
    const running = row<{ amount: number; held: number }>(
      this.#sql,
      'UPDATE balance SET amount = amount + ?, held = held + ? WHERE amount + ? >= ? RETURNING amount, held',
      amount,
      held,
      amount,
      // Only what is taken back of a payment may leave less than nothing.
      kind === 'hold' && price > 0 ? 0 : Number.MIN_SAFE_INTEGER,
    )
    if (running === null) throw new Error(`a ${kind} of ${amount} would make the balance negative`)
    if (kind !== 'topup') this.#usage.count(kind, price, about, Date.now())
    if (posted !== null && posted.seq % CHECKED_PAGE === 0) this.#check(posted.seq, running)
  }

  /** Adds up the postings since the last check, up to the newest, and compares. */
  #check(newest: number, running: { readonly amount: number; readonly held: number }): void {
    const checked = this.#checked()
    const page = this.#sums(checked.seq, CHECKED_PAGE)
    const sum = checked.sum + page.sum
    const held = checked.held + page.held
    this.#sql.exec('UPDATE checked SET seq = ?, sum = ?, held = ?', page.seq, sum, held)
    if (page.seq === newest && (sum !== running.amount || held !== running.held))
      console.error(
        JSON.stringify({ message: 'ledger differs from its running sums', running, sum, held }),
      )
  }

  #running(): { readonly amount: number; readonly held: number } {
    const running = row<{ amount: number; held: number }>(
      this.#sql,
      'SELECT amount, held FROM balance',
    )
    if (running === null) throw new Error('the account has no balance row')
    return running
  }

  #checked(): { readonly seq: number; readonly sum: number; readonly held: number } {
    const checked = row<{ seq: number; sum: number; held: number }>(
      this.#sql,
      'SELECT seq, sum, held FROM checked',
    )
    if (checked === null) throw new Error('the account has no row of checked postings')
    return checked
  }

  /** What postings after `after` add up to, at most so many. */
  #sums(after: number, limit: number): Sums {
    const sums = row<Sums>(
      this.#sql,
      `SELECT COALESCE(MAX(seq), ?1) AS seq, COALESCE(SUM(amount), 0) AS sum,
        COALESCE(SUM(${HELD}), 0) AS held, COALESCE(SUM(${COST}), 0) AS cost, COUNT(*) AS postings
      FROM (SELECT seq, kind, amount, price FROM ledger
        WHERE seq > ?1 ORDER BY seq LIMIT ?2)`,
      after,
      limit,
    )
    if (sums === null) throw new Error('a sum has one row')
    return sums
  }
}

/** What edits cost, in words. */
export function costOf(price: number, edits: number): string {
  return `${edits === 1 ? 'the edit costs' : `${edits} edits cost`} ${price} micro-units`
}
