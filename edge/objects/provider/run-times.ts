/**
 * How long a provider's runs take: a moving average for live runs, and one for test runs, so that
 * neither is judged by the other. Nothing is assumed before the first run has ended.
 */

import { type Lane, lanes } from '../../rpc/provider.ts'
import { row } from '../sql.ts'

/** An average of exactly ten seconds was the assumption of older releases, not a measurement. */
export const runTimeTables = [
  'CREATE TABLE run_time (kind TEXT PRIMARY KEY, seconds REAL NOT NULL)',
  "INSERT INTO run_time (kind, seconds) SELECT 'live', seconds FROM breaker WHERE seconds <> 10",
  'ALTER TABLE breaker DROP COLUMN seconds',
]

/** Share of the latest run in the average. */
const WEIGHT = 0.2

export class RunTimes {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Seconds that a run takes on average; 0 before one was measured. */
  of(lane: Lane): number {
    const query = 'SELECT seconds FROM run_time WHERE kind = ?'
    return row<{ seconds: number }>(this.#sql, query, kindOf(lane))?.seconds ?? 0
  }

  /** A run has ended well. */
  add(lane: Lane, seconds: number): void {
    this.#sql.exec(
      `INSERT INTO run_time (kind, seconds) VALUES (?1, ?2)
        ON CONFLICT (kind) DO UPDATE SET seconds = (1 - ?3) * seconds + ?3 * ?2`,
      kindOf(lane),
      seconds,
      WEIGHT,
    )
  }
}

function kindOf(lane: Lane): 'live' | 'test' {
  return lane === lanes.test ? 'test' : 'live'
}
