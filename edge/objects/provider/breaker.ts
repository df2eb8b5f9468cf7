/**
 * A provider's circuit breaker: after some faults in a row it opens, and nothing is sent for a while;
 * then it is half open, and one run at a time is tried. Also knows the pauses that a provider asked
 * for, and when it was out of order: from the fault that opened it to the next run that ended well.
 */

import type { Availability, Outage } from '../../rpc/provider.ts'
import { row, rows } from '../sql.ts'

export const breakerTables = [
  `CREATE TABLE breaker (
    one INTEGER PRIMARY KEY CHECK (one = 1), faults INTEGER NOT NULL, openUntil INTEGER NOT NULL,
    pausedUntil INTEGER NOT NULL, seconds REAL NOT NULL)`,
  'INSERT INTO breaker (one, faults, openUntil, pausedUntil, seconds) VALUES (1, 0, 0, 0, 10)',
]

/** `until` is NULL while it lasts; `since` is when the first run ended. */
export const outageTables = [
  'CREATE TABLE outage (start INTEGER PRIMARY KEY, until INTEGER)',
  'ALTER TABLE breaker ADD COLUMN since INTEGER',
]

/** An outage that comes back within this time had not ended. */
const OUTAGE_GAP_MS = 300_000
const OUTAGE_KEPT_MS = 91 * 24 * 3_600_000

/** Faults in a row that open it, and how long it stays open: twice as long after each fault more. */
const TRIP_AT = 5
const OPEN_MS = 5_000
const MAX_OPEN_MS = 120_000

type BreakerRow = { faults: number; openUntil: number; pausedUntil: number }

export class Breaker {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  get #row(): BreakerRow {
    return row<BreakerRow>(
      this.#sql,
      'SELECT faults, openUntil, pausedUntil FROM breaker',
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
    this.#observe()
    if (this.failing) this.#begin()
  }

  /** A run or a mask has ended well: the breaker closes. */
  success(): void {
    const { failing } = this
    this.#sql.exec('UPDATE breaker SET faults = 0, openUntil = 0')
    this.#observe()
    if (failing) this.#end()
  }

  /** Whether it is open or half open: no run has ended well since it opened. */
  get failing(): boolean {
    return this.#row.faults >= TRIP_AT
  }

  /** Takes what is known of all shards together: their breakers are theirs. */
  heard(failing: boolean): void {
    this.#observe()
    if (failing) this.#begin()
    else this.#end()
  }

  #observe(): void {
    this.#sql.exec('UPDATE breaker SET since = ? WHERE since IS NULL', Date.now())
  }

  #begin(): void {
    const now = Date.now()
    if (row(this.#sql, 'SELECT start FROM outage WHERE until IS NULL') !== null) return
    this.#sql.exec('DELETE FROM outage WHERE until < ?', now - OUTAGE_KEPT_MS)
    const recent = row<{ start: number }>(
      this.#sql,
      'SELECT start FROM outage WHERE until > ? ORDER BY start DESC LIMIT 1',
      now - OUTAGE_GAP_MS,
    )
    this.#sql.exec(
      'INSERT OR REPLACE INTO outage (start, until) VALUES (?, NULL)',
      recent?.start ?? now,
    )
  }

  #end(): void {
    this.#sql.exec('UPDATE outage SET until = ? WHERE until IS NULL', Date.now())
  }

  /** Since when it is known how the provider is, and when it was out of order. */
  get availability(): Availability {
    const since =
      row<{ since: number | null }>(this.#sql, 'SELECT since FROM breaker')?.since ?? null
    return {
      since,
      outages: rows<Outage>(this.#sql, 'SELECT start, until FROM outage ORDER BY start'),
    }
  }
}
