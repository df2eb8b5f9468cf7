/**
 * What an account spent, added up by day and key, by day and client token, and by day and model, with
 * every posting: a report reads a row per line and day, however many edits there were.
 */

import type { Payer, UsageGroup, UsageLine } from '../../rpc/account/ledger.ts'
import { DAY_MS } from '../../settings/retention.ts'
import { row, rows } from '../sql.ts'

const COUNTS =
  'edits INTEGER NOT NULL, captured INTEGER NOT NULL, released INTEGER NOT NULL, refunded INTEGER NOT NULL, cost INTEGER NOT NULL'
/** From the ledger of an older release. */
const SUMS = `SUM(kind = 'hold'), SUM(kind = 'capture'), SUM(kind = 'release'), SUM(kind = 'refund'),
  SUM(CASE kind WHEN 'capture' THEN price WHEN 'refund' THEN -price ELSE 0 END)
  FROM ledger WHERE kind <> 'topup' GROUP BY 1, 2`

/** Days are counted from 1970 (UTC). The client is '' where an account key created the edit. */
export const usageTables = [
  `CREATE TABLE usage_by_key (day INTEGER NOT NULL, key TEXT NOT NULL, ${COUNTS}, PRIMARY KEY (day, key)) WITHOUT ROWID`,
  `CREATE TABLE usage_by_client (day INTEGER NOT NULL, client TEXT NOT NULL, ${COUNTS}, PRIMARY KEY (day, client)) WITHOUT ROWID`,
  `INSERT INTO usage_by_key SELECT at / ${DAY_MS}, COALESCE(key, ''), ${SUMS}`,
  `INSERT INTO usage_by_client SELECT at / ${DAY_MS}, COALESCE(client, ''), ${SUMS}`,
  // Nothing else looked for postings by their time.
  'DROP INDEX ledger_at',
]

/** The model is '' where it is not known: in what was counted before this table was there. */
export const modelUsage = [
  `CREATE TABLE usage_by_model (day INTEGER NOT NULL, model TEXT NOT NULL, ${COUNTS}, PRIMARY KEY (day, model)) WITHOUT ROWID`,
  `INSERT INTO usage_by_model SELECT day, '', SUM(edits), SUM(captured), SUM(released), SUM(refunded), SUM(cost)
    FROM usage_by_key GROUP BY day`,
]

const ADDED = ['edits', 'captured', 'released', 'refunded', 'cost']
  .map((name) => `${name} = ${name} + excluded.${name}`)
  .join(', ')
const ADD_BY_KEY = `INSERT INTO usage_by_key VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, key) DO UPDATE SET ${ADDED}`
const ADD_BY_CLIENT = `INSERT INTO usage_by_client VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, client) DO UPDATE SET ${ADDED}`
const ADD_BY_MODEL = `INSERT INTO usage_by_model VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (day, model) DO UPDATE SET ${ADDED}`

type Counted = 'hold' | 'capture' | 'release' | 'refund'

export class Usage {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Counts a posting. */
  count(
    kind: Counted,
    price: number,
    { key, client, model }: Partial<Payer> & { readonly model?: string | null },
    at: number,
  ): void {
    const day = Math.floor(at / DAY_MS)
    const cost = kind === 'capture' ? price : kind === 'refund' ? -price : 0
    const counts = [
      ...(['hold', 'capture', 'release', 'refund'] as const).map((one) => Number(one === kind)),
      cost,
    ]
    this.#sql.exec(ADD_BY_KEY, day, key ?? '', ...counts)
    this.#sql.exec(ADD_BY_CLIENT, day, client ?? '', ...counts)
    this.#sql.exec(ADD_BY_MODEL, day, model ?? '', ...counts)
  }

  /** What was spent in all: captured less refunded. */
  get cost(): number {
    return (
      row<{ cost: number | null }>(this.#sql, 'SELECT SUM(cost) AS cost FROM usage_by_key')?.cost ??
      0
    )
  }

  /** What was spent between two times, whole days, by day, key, client token or model. */
  lines(from: number, to: number, by: UsageGroup): UsageLine[] {
    const group = by === 'day' ? `strftime('%Y-%m-%d', day * ${DAY_MS / 1000}, 'unixepoch')` : by
    const table = by === 'day' ? 'usage_by_key' : (`usage_by_${by}` as const)
    return rows<UsageLine & Record<string, SqlStorageValue>>(
      this.#sql,
      `SELECT ${group} AS "group", SUM(edits) AS edits, SUM(captured) AS captured,
        SUM(released) AS released, SUM(refunded) AS refunded, SUM(cost) AS cost
      FROM ${table} WHERE day >= ? AND day < ? GROUP BY 1 ORDER BY 1`,
      Math.floor(from / DAY_MS),
      Math.ceil(to / DAY_MS),
    )
  }
}
