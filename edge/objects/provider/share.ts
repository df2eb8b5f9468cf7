/** What a shard of a provider's queue knows of its own part of the slots, and when it asks again. */

import { row } from '../sql.ts'

export const ownShareTables = [
  'CREATE TABLE own_share (one INTEGER PRIMARY KEY CHECK (one = 1), slots INTEGER NOT NULL)',
  'INSERT INTO own_share (one, slots) VALUES (1, 0)',
]

/** A shard with edits reports so often. */
const REPORT_MS = 1000
/** One that finds no free slot for an edit reports at once, but no more often than this. */
const HURRY_MS = 200
/** Without edits for this long, a shard gives its slots back and reports no more. */
const IDLE_MS = 10_000

export class Share {
  readonly #sql: SqlStorage
  #slots: number | null = null
  #reportedAt = 0
  #busyAt: number

  constructor(sql: SqlStorage, now: number) {
    this.#sql = sql
    this.#busyAt = now
  }

  /** Slots that the shard may use. */
  get slots(): number {
    this.#slots ??= row<{ slots: number }>(this.#sql, 'SELECT slots FROM own_share')?.slots ?? 0
    return this.#slots
  }

  set(slots: number): void {
    if (slots === this.slots) return
    this.#slots = slots
    this.#sql.exec('UPDATE own_share SET slots = ?', slots)
  }

  /** Whether to report now: in a hurry, or because it is time. Call {@link reporting} if so. */
  isDue(now: number, hurry: boolean): boolean {
    return now - this.#reportedAt >= (hurry ? HURRY_MS : REPORT_MS)
  }

  /** @returns `leave` where the slots are given back */
  reporting(now: number, edits: number): 'stay' | 'leave' {
    this.#reportedAt = now
    if (edits > 0) this.#busyAt = now
    return edits === 0 && now - this.#busyAt >= IDLE_MS ? 'leave' : 'stay'
  }

  /** When to report next; null where there is nothing to report. */
  nextAt(edits: number): number | null {
    return edits > 0 || this.slots > 0 ? this.#reportedAt + REPORT_MS : null
  }
}
