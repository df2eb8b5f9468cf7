/**
 * Who gets a provider's next free slot: the account with the fewest runs, then the one that was
 * served longest ago, then the edit that waits longest. Knows no network.
 */

import type { Ticket } from '../../rpc/provider.ts'
import { row, rows } from '../sql.ts'

export const queueTables = [
  `CREATE TABLE ticket (
    edit TEXT PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'granted', 'running')),
    since INTEGER NOT NULL, until INTEGER NOT NULL)`,
  'CREATE INDEX ticket_state ON ticket (state, account, since)',
  'CREATE INDEX ticket_until ON ticket (until)',
  'CREATE TABLE served (account TEXT PRIMARY KEY, turn INTEGER NOT NULL)',
]

/**
 * What each account has in the queue: the next to be served is found by an index, however many
 * wait. `since` is when its first waiting edit joined, NULL while none waits.
 */
export const queueAccountTables = [
  `CREATE TABLE queue_account (
    account TEXT PRIMARY KEY, taken INTEGER NOT NULL, turn INTEGER NOT NULL, since INTEGER)`,
  'CREATE INDEX queue_account_next ON queue_account (taken, turn, since, account) WHERE since IS NOT NULL',
  'CREATE INDEX queue_account_turn ON queue_account (turn)',
  'DROP INDEX ticket_state',
  'CREATE INDEX ticket_state ON ticket (state, since)',
  'CREATE INDEX ticket_account ON ticket (account, state, since, edit)',
  `INSERT INTO queue_account (account, taken, turn, since)
    SELECT account, SUM(state <> 'waiting'), COALESCE((SELECT turn FROM served WHERE served.account = ticket.account), 0),
      MIN(CASE WHEN state = 'waiting' THEN since END)
    FROM ticket GROUP BY account`,
  'INSERT OR IGNORE INTO queue_account (account, taken, turn) SELECT account, 0, turn FROM served',
  'DROP TABLE served',
  ...(['INSERT', 'UPDATE', 'DELETE'] as const).map(countAgain),
]

/** A trigger: whatever changes a ticket, its account's row stays true. */
function countAgain(event: 'INSERT' | 'UPDATE' | 'DELETE'): string {
  const account = event === 'DELETE' ? 'OLD.account' : 'NEW.account'
  return `CREATE TRIGGER ticket_${event.toLowerCase()} AFTER ${event} ON ticket BEGIN
    INSERT INTO queue_account (account, turn, taken, since) VALUES (${account}, 0,
      (SELECT COUNT(*) FROM ticket WHERE account = ${account} AND state IN ('granted', 'running')),
      (SELECT MIN(since) FROM ticket WHERE account = ${account} AND state = 'waiting'))
    ON CONFLICT (account) DO UPDATE SET taken = excluded.taken, since = excluded.since;
  END`
}

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
    const until = Date.now() + WAITING_MS
    this.#sql.exec("UPDATE ticket SET state = 'waiting', until = ? WHERE edit = ?", until, edit)
  }

  /** The run has begun and may last until then. */
  hold(edit: string, until: number): void {
    this.#sql.exec("UPDATE ticket SET state = 'running', until = ? WHERE edit = ?", until, edit)
  }

  /** Leaves the queue, or the slot. */
  leave(edit: string): void {
    this.#sql.exec('DELETE FROM ticket WHERE edit = ?', edit)
  }

  /** Gives free slots away. @returns who has one now that had none before */
  grant(slots: number): Ticket[] {
    const now = Date.now()
    this.#sql.exec('DELETE FROM ticket WHERE until <= ?', now)
    const granted: Ticket[] = []
    for (let free = slots - this.taken; free > 0; free--) {
      const next = this.#next()
      if (next === null) break
      this.#sql.exec(
        'UPDATE queue_account SET turn = (SELECT MAX(turn) + 1 FROM queue_account) WHERE account = ?',
        next.account,
      )
      const until = now + GRANT_MS
      this.#sql.exec(
        "UPDATE ticket SET state = 'granted', until = ? WHERE edit = ?",
        until,
        next.edit,
      )
      granted.push(next)
    }
    return granted
  }

  get taken(): number {
    return this.#count("state IN ('granted', 'running')")
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

  #next(): Ticket | null {
    return row<Ticket>(
      this.#sql,
      `SELECT edit, account, region FROM ticket WHERE state = 'waiting' AND account =
        (SELECT account FROM queue_account WHERE since IS NOT NULL ORDER BY taken, turn, since, account LIMIT 1)
        ORDER BY since, edit LIMIT 1`,
    )
  }

  #count(condition: string): number {
    const query = `SELECT COUNT(*) AS count FROM ticket WHERE ${condition}`
    return row<{ count: number }>(this.#sql, query)?.count ?? 0
  }
}
