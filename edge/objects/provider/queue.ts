/**
 * Who gets a provider's next free slot: the account with the fewest runs, then the one that was
 * served longest ago, then the edit that waits longest. Knows no network.
 */

import type { Ticket } from '../../rpc/provider.ts'
import { changed, row, rows } from '../sql.ts'

export const queueTables = [
  `CREATE TABLE ticket (
    edit TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'granted', 'running')),
    since INTEGER NOT NULL, until INTEGER NOT NULL)`,
  'CREATE INDEX ticket_state ON ticket (state, account, since)',
  'CREATE INDEX ticket_until ON ticket (until)',
  'CREATE TABLE served (account TEXT PRIMARY KEY, turn INTEGER NOT NULL)',
]

/** A waiting edit that has not asked again for this long is gone. */
const WAITING_MS = 120_000
/** A granted slot that nobody has used by then goes to the next. */
const GRANT_MS = 20_000

export class Queue {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Joins the queue, or shows that one still waits; one that has a slot keeps it. */
  join({ edit, account, region }: Ticket): void {
    const now = Date.now()
    this.#sql.exec(
      "INSERT INTO ticket (edit, account, region, state, since, until) VALUES (?, ?, ?, 'waiting', ?, ?) ON CONFLICT (edit) DO UPDATE SET until = MAX(until, excluded.until)",
      edit,
      account,
      region,
      now,
      now + WAITING_MS,
    )
  }

  /** True while an edit has a slot. */
  has(edit: string): boolean {
    const query = "SELECT edit FROM ticket WHERE edit = ? AND state <> 'waiting'"
    return row(this.#sql, query, edit) !== null
  }

  /** Back among the waiting, at the old place. */
  giveBack(edit: string): void {
    this.#sql.exec(
      "UPDATE ticket SET state = 'waiting', until = ? WHERE edit = ?",
      Date.now() + WAITING_MS,
      edit,
    )
  }

  /** The run has begun and may last until then. */
  hold(edit: string, until: number): void {
    this.#sql.exec("UPDATE ticket SET state = 'running', until = ? WHERE edit = ?", until, edit)
  }

  /** Leaves the queue, or the slot. */
  leave(edit: string): boolean {
    return changed(this.#sql, 'DELETE FROM ticket WHERE edit = ? RETURNING edit', edit) === 1
  }

  /** Gives free slots away. @returns who has one now that had none before */
  grant(slots: number): Ticket[] {
    const now = Date.now()
    this.#sql.exec('DELETE FROM ticket WHERE until <= ?', now)
    const granted: Ticket[] = []
    for (let free = slots - this.taken; free > 0; free--) {
      const next = row<Ticket>(
        this.#sql,
        `SELECT edit, account, region FROM ticket AS one WHERE state = 'waiting' ORDER BY
          (SELECT COUNT(*) FROM ticket WHERE account = one.account AND state <> 'waiting'),
          COALESCE((SELECT turn FROM served WHERE account = one.account), 0), since, edit LIMIT 1`,
      )
      if (next === null) break
      this.#sql.exec(
        "UPDATE ticket SET state = 'granted', until = ? WHERE edit = ?",
        now + GRANT_MS,
        next.edit,
      )
      this.#sql.exec(
        'INSERT OR REPLACE INTO served (account, turn) VALUES (?, (SELECT COALESCE(MAX(turn), 0) + 1 FROM served))',
        next.account,
      )
      granted.push(next)
    }
    return granted
  }

  get taken(): number {
    return this.#count("state <> 'waiting'")
  }

  get waiting(): number {
    return this.#count("state = 'waiting'")
  }

  /** How many wait before this edit. */
  ahead(edit: string): number {
    return (
      row<{ count: number }>(
        this.#sql,
        "SELECT COUNT(*) AS count FROM ticket WHERE state = 'waiting' AND since < (SELECT since FROM ticket WHERE edit = ?)",
        edit,
      )?.count ?? 0
    )
  }

  /** When the next slot or place runs out. */
  nextAt(): number | null {
    const [next] = rows<{ at: number | null }>(this.#sql, 'SELECT MIN(until) AS at FROM ticket')
    return next?.at ?? null
  }

  #count(condition: string): number {
    const query = `SELECT COUNT(*) AS count FROM ticket WHERE ${condition}`
    return row<{ count: number }>(this.#sql, query)?.count ?? 0
  }
}
