/**
 * Who gets a provider's next free slot: first the lane, then in it the account with the fewest runs,
 * then the one that was served longest ago, then the edit that waits longest. Test runs are also the
 * ones that are stopped where a live edit finds no slot. Knows no network.
 */

import { type Lane, type LaneStatus, lanes, type Ticket } from '../../rpc/provider.ts'
import { row, rows } from '../sql.ts'
import { CLIENT_SHARE, liveOf, testSlots } from './wait.ts'

/** A waiting edit that has not asked again for this long is gone. */
const WAITING_MS = 120_000
/** A granted slot that nobody has used by then goes to the next. */
const GRANT_MS = 20_000
/** A run that was told to stop and has not is told again after this: the call may have been lost. */
const STOP_AGAIN_MS = 5_000
/** Edits before another are counted up to this many. */
const MAX_COUNTED = 1000
/** Edits that joined after another are counted instead, where they are fewer. */
const NEAR_END = 50

/** What a ticket is selected by. */
const TICKET = 'edit, account, region, lane'

/** For how many seconds a ticket has had its slot at ?1; NULL where it has none. */
const SLOT_SECONDS = 'CASE WHEN grantedAt > 0 THEN (?1 - grantedAt) / 1000.0 END'

/** A slot that is or was taken, and for how long. */
type SlotTime = { readonly lane: Lane; readonly seconds: number }

export class Queue {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Joins the queue, or shows that one still waits; one that has a slot keeps it. */
  join({ edit, account, region, lane }: Ticket): void {
    const now = Date.now()
    this.#sql.exec(
      "INSERT INTO ticket (edit, account, region, lane, state, since, until) VALUES (?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (edit) DO UPDATE SET until = MAX(until, excluded.until), lane = excluded.lane",
      edit,
      account,
      region,
      lane,
      now,
      now + WAITING_MS,
    )
  }

  /** True while an edit has a slot. */
  has(edit: string): boolean {
    const query = "SELECT edit FROM ticket WHERE edit = ? AND state <> 'waiting'"
    return row(this.#sql, query, edit) !== null
  }

  /** The lane of an edit that waits or has a slot; null for any other. */
  laneOf(edit: string): Lane | null {
    const query = 'SELECT lane FROM ticket WHERE edit = ?'
    return row<{ lane: Lane }>(this.#sql, query, edit)?.lane ?? null
  }

  /** Back among the waiting, at the old place. */
  giveBack(edit: string): void {
    const until = Date.now() + WAITING_MS
    const waits = "UPDATE ticket SET state = 'waiting', until = ?, grantedAt = 0 WHERE edit = ?"
    this.#sql.exec(waits, until, edit)
  }

  /** The run has begun and may last until then. An edit that has no slot gets none by this. */
  hold(edit: string, until: number): void {
    this.#sql.exec(
      "UPDATE ticket SET state = 'running', until = ? WHERE edit = ? AND state <> 'waiting'",
      until,
      edit,
    )
  }

  /** Leaves the queue, or the slot. */
  leave(edit: string): void {
    this.#sql.exec('DELETE FROM ticket WHERE edit = ?', edit)
  }

  /** Takes out what has expired. @returns the slots that were lost by it */
  expire(): SlotTime[] {
    const now = Date.now()
    const query = `DELETE FROM ticket WHERE until <= ?1 RETURNING lane, ${SLOT_SECONDS} AS seconds`
    return rows<{ lane: Lane; seconds: number | null }>(this.#sql, query, now).filter(
      (expired): expired is SlotTime => expired.seconds !== null,
    )
  }

  /** The slot that an edit has; null where it has none, or none whose start is known. */
  slotOf(edit: string): SlotTime | null {
    const query = `SELECT lane, ${SLOT_SECONDS} AS seconds FROM ticket WHERE edit = ?2`
    const slot = row<{ lane: Lane; seconds: number | null }>(this.#sql, query, Date.now(), edit)
    return slot === null || slot.seconds === null ? null : { ...slot, seconds: slot.seconds }
  }

  /** For how many seconds the oldest slot of live edits, or of test runs, has been taken; 0 for none. */
  oldestSeconds(kind: 'live' | 'test'): number {
    const query = `SELECT MAX(${SLOT_SECONDS}) AS seconds FROM ticket WHERE state IN ('granted', 'running') AND (lane = ?2) = ?3`
    const test = kind === 'test' ? 1 : 0
    const values = [Date.now(), lanes.test, test]
    return row<{ seconds: number | null }>(this.#sql, query, ...values)?.seconds ?? 0
  }

  /** Gives free slots away. @returns who has one now that had none before */
  grant(slots: number): Ticket[] {
    const now = Date.now()
    const granted: Ticket[] = []
    for (let free = slots - this.taken; free > 0; free--) {
      const next = this.#next(slots)
      if (next === null) break
      this.#sql.exec(
        'UPDATE queue_account SET turn = (SELECT MAX(turn) + 1 FROM queue_account) WHERE account = ? AND lane = ?',
        next.account,
        next.lane,
      )
      this.#sql.exec(
        "UPDATE ticket SET state = 'granted', until = ?, grantedAt = ? WHERE edit = ?",
        now + GRANT_MS,
        now,
        next.edit,
      )
      granted.push(next)
    }
    return granted
  }

  /**
   * The test runs to stop, newest first: as many as live edits wait that could use their slots. Call
   * {@link grant} first, so that those wait in vain.
   */
  stop(slots: number): Ticket[] {
    const now = Date.now()
    const live = liveOf(this.lanes())
    const wanted = Math.min(live.waiting, slots - live.taken)
    if (wanted <= 0) return []
    const stopping = row<{ count: number }>(
      this.#sql,
      "SELECT COUNT(*) AS count FROM ticket WHERE state = 'running' AND lane = ? AND stopAt > ?",
      lanes.test,
      now - STOP_AGAIN_MS,
    )
    // At most as many rows as the lane has slots are looked at.
    const stopped = rows<Ticket>(
      this.#sql,
      `SELECT ${TICKET} FROM ticket WHERE state = 'running' AND lane = ? AND stopAt <= ? ORDER BY until DESC, edit LIMIT ?`,
      lanes.test,
      now - STOP_AGAIN_MS,
      Math.max(0, wanted - (stopping?.count ?? 0)),
    )
    for (const { edit } of stopped)
      this.#sql.exec('UPDATE ticket SET stopAt = ? WHERE edit = ?', now, edit)
    return stopped
  }

  /** How each lane stands, in their order. */
  lanes(): LaneStatus[] {
    return rows<LaneStatus>(
      this.#sql,
      'SELECT waiting, accounts, taken FROM queue_lane ORDER BY lane',
    )
  }

  get taken(): number {
    return this.lanes().reduce((sum, { taken }) => sum + taken, 0)
  }

  /**
   * How many edits of its own lane get a slot before a waiting edit: no more than joined before it,
   * and no more than where accounts take turns. Counted up to a thousand.
   */
  ahead(ticket: Ticket): number {
    const { waiting = 0, accounts = 0 } = this.lanes()[ticket.lane] ?? {}
    const own = this.#count(ticket, 'account = ?1 AND since <', MAX_COUNTED)
    return Math.min(this.#before(ticket, waiting), accounts * (own + 1) - 1)
  }

  /** How many joined before a waiting edit: counted from the end of the queue that is near. */
  #before(ticket: Ticket, waiting: number): number {
    // Most ask when they join: hardly any came after.
    const notBefore = this.#count(ticket, 'since >=', NEAR_END)
    if (notBefore < NEAR_END) return Math.min(MAX_COUNTED, waiting - notBefore)
    return this.#count(ticket, 'since <', MAX_COUNTED)
  }

  /**
   * Edits that wait in a ticket's lane, so many at most; `condition` ends in a comparison with its time.
   * The limit is part of the text: SQLite would prepare the statement again for each value that it plans by.
   */
  #count({ edit, account, lane }: Ticket, condition: string, most: number): number {
    const counted = row<{ count: number }>(
      this.#sql,
      `SELECT COUNT(*) AS count FROM (SELECT 1 FROM ticket WHERE state = 'waiting' AND lane = ?2 AND ${condition}
        (SELECT since FROM ticket WHERE edit = ?3) LIMIT ${most})`,
      account,
      lane,
      edit,
    )
    return counted?.count ?? 0
  }

  /** When the next slot or place runs out. */
  nextAt(): number | null {
    const [next] = rows<{ at: number | null }>(this.#sql, 'SELECT MIN(until) AS at FROM ticket')
    return next?.at ?? null
  }

  /** The edit that gets the next of so many slots; null where none may have it. */
  #next(slots: number): Ticket | null {
    const [keys, clients, test] = rows<LaneStatus & { passed: number }>(
      this.#sql,
      'SELECT waiting, accounts, taken, passed FROM queue_lane ORDER BY lane',
    )
    if (keys === undefined || clients === undefined || test === undefined) return null
    if (clients.waiting > 0 && (keys.waiting === 0 || clients.passed >= CLIENT_SHARE)) {
      this.#sql.exec('UPDATE queue_lane SET passed = 0 WHERE lane = ?', lanes.client)
      return this.#firstOf(lanes.client)
    }
    if (keys.waiting > 0) {
      if (clients.waiting > 0)
        this.#sql.exec('UPDATE queue_lane SET passed = passed + 1 WHERE lane = ?', lanes.client)
      return this.#firstOf(lanes.key)
    }
    return test.taken < testSlots(slots) ? this.#firstOf(lanes.test) : null
  }

  #firstOf(lane: Lane): Ticket | null {
    return row<Ticket>(
      this.#sql,
      `SELECT ${TICKET} FROM ticket WHERE state = 'waiting' AND lane = ?1 AND account =
        (SELECT account FROM queue_account WHERE lane = ?1 AND since IS NOT NULL ORDER BY taken, turn, since, account LIMIT 1)
        ORDER BY since, edit LIMIT 1`,
      lane,
    )
  }
}
