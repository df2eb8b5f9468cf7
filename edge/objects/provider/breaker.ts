/**
 * A provider's circuit breaker: after some faults in a row it opens, and nothing is sent for a while;
 * then it is half open, and one run at a time is tried. Also knows the pauses that a provider asked
 * for.
 */

import { row } from '../sql.ts'

export const breakerTables = [
  `CREATE TABLE breaker (
    one INTEGER PRIMARY KEY CHECK (one = 1), faults INTEGER NOT NULL, openUntil INTEGER NOT NULL,
    pausedUntil INTEGER NOT NULL, seconds REAL NOT NULL)`,
  'INSERT INTO breaker (one, faults, openUntil, pausedUntil, seconds) VALUES (1, 0, 0, 0, 10)',
]

/** Faults in a row that open it, and how long it stays open: twice as long after each fault more. */
const TRIP_AT = 5
const OPEN_MS = 5_000
const MAX_OPEN_MS = 120_000

type BreakerRow = { faults: number; openUntil: number; pausedUntil: number; seconds: number }

export class Breaker {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get #row(): BreakerRow {
    return row<BreakerRow>(
      this.#sql,
      'SELECT faults, openUntil, pausedUntil, seconds FROM breaker',
    ) as BreakerRow
  }

  /** Until when it is open, so that another provider is better; null while it is not. */
  get openUntil(): number | null {
    const { openUntil } = this.#row
    return openUntil > Date.now() ? openUntil : null
  }

  /** Until when nothing is sent, because it is open or a pause was asked for. */
  get quietUntil(): number | null {
    const { openUntil, pausedUntil } = this.#row
    const until = Math.max(openUntil, pausedUntil)
    return until > Date.now() ? until : null
  }

  /** How many of all slots may be used: one while it is half open. */
  slots(all: number): number {
    return this.#row.faults >= TRIP_AT ? 1 : all
  }

  /** Seconds a run takes: a moving average. */
  get seconds(): number {
    return this.#row.seconds
  }

  pause(until: number): void {
    this.#sql.exec('UPDATE breaker SET pausedUntil = MAX(pausedUntil, ?)', until)
  }

  fault(): void {
    const faults = this.#row.faults + 1
    const open =
      faults < TRIP_AT ? 0 : Math.min(MAX_OPEN_MS, OPEN_MS * 2 ** Math.floor(faults - TRIP_AT))
    this.#sql.exec(
      'UPDATE breaker SET faults = ?, openUntil = MAX(openUntil, ?)',
      faults,
      open === 0 ? 0 : Date.now() + open,
    )
  }

  /** A run or a mask has ended well: the breaker closes. */
  success(seconds: number | null): void {
    const average = seconds === null ? this.#row.seconds : 0.8 * this.#row.seconds + 0.2 * seconds
    this.#sql.exec('UPDATE breaker SET faults = 0, openUntil = 0, seconds = ?', average)
  }
}
