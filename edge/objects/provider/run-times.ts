/**
 * How long a provider's slot is taken per run that ends well: a moving average for live runs, and one
 * for test runs, so that neither is judged by the other. The time of runs that were lost counts with
 * the next that ends well: where workers die, edits wait longer.
 */

import { type Lane, lanes } from '../../rpc/provider.ts'
import { row } from '../sql.ts'

/** An average of exactly ten seconds was the assumption of older releases, not a measurement. */
export const runTimeTables = [
  'CREATE TABLE run_time (kind TEXT PRIMARY KEY, seconds REAL NOT NULL)',
  "INSERT INTO run_time (kind, seconds) SELECT 'live', seconds FROM breaker WHERE seconds <> 10",
  'ALTER TABLE breaker DROP COLUMN seconds',
]

/** `seconds` is NULL until a run has ended well. */
export const lostTimeTables = [
  'ALTER TABLE run_time RENAME TO run_time_before',
  'CREATE TABLE run_time (kind TEXT PRIMARY KEY, seconds REAL, lost REAL NOT NULL DEFAULT 0)',
  'INSERT INTO run_time (kind, seconds) SELECT kind, seconds FROM run_time_before',
  'DROP TABLE run_time_before',
]

/** Share of the latest run in the average. */
const WEIGHT = 0.2
/** Before a run has ended, so many may be expected to fit into the time that an edit may wait. */
const FIRST_RUNS = 15

export class RunTimes {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * Seconds that a run takes on average, as if one ended now.
   *
   * @param running how long the oldest run of its kind has been running, all that is known at first
   * @param wait how long an edit may wait
   */
  of(lane: Lane, running: number, wait: number): number {
    const { seconds, lost } = this.#row(lane)
    return seconds === null ? Math.max(wait / FIRST_RUNS, lost + running) : seconds + WEIGHT * lost
  }

  /** A run has ended well. */
  add(lane: Lane, seconds: number): void {
    const before = this.#row(lane)
    const latest = seconds + before.lost
    const average =
      before.seconds === null ? latest : (1 - WEIGHT) * before.seconds + WEIGHT * latest
    this.#set(lane, average, 0)
  }

  /** A run was lost after so many seconds. */
  lose(lane: Lane, seconds: number): void {
    const before = this.#row(lane)
    this.#set(lane, before.seconds, before.lost + seconds)
  }

  #row(lane: Lane): { seconds: number | null; lost: number } {
    const query = 'SELECT seconds, lost FROM run_time WHERE kind = ?'
    return row(this.#sql, query, kindOf(lane)) ?? { seconds: null, lost: 0 }
  }

  #set(lane: Lane, seconds: number | null, lost: number): void {
    this.#sql.exec(
      'INSERT OR REPLACE INTO run_time (kind, seconds, lost) VALUES (?, ?, ?)',
      kindOf(lane),
      seconds,
      lost,
    )
  }
}

function kindOf(lane: Lane): 'live' | 'test' {
  return lane === lanes.test ? 'test' : 'live'
}
