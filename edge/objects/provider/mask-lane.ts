/**
 * Slots for masks, beside those of runs. Masks do not queue: their caller waits for the response, so
 * another provider is tried at once. Knows no network.
 */

import { row } from '../sql.ts'

export const maskTables = ['CREATE TABLE mask_slot (id TEXT PRIMARY KEY, until INTEGER NOT NULL)']

/** A slot that was not given back expires after this: longer than any host takes. */
const HELD_MS = 60_000

export class MaskLane {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Takes one of so many slots; false where all are taken. */
  take(id: string, slots: number): boolean {
    this.#sql.exec('DELETE FROM mask_slot WHERE until <= ?', Date.now())
    if (this.taken >= slots) return false
    this.#sql.exec(
      'INSERT OR REPLACE INTO mask_slot (id, until) VALUES (?, ?)',
      id,
      Date.now() + HELD_MS,
    )
    return true
  }

  free(id: string): void {
    this.#sql.exec('DELETE FROM mask_slot WHERE id = ?', id)
  }

  get taken(): number {
    return row<{ count: number }>(this.#sql, 'SELECT COUNT(*) AS count FROM mask_slot')?.count ?? 0
  }
}
