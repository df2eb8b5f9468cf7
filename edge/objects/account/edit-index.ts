/**
 * An account's edits: one row each, for lists and for what outlives the edit's own object, and the
 * outbox that hands a new edit over to that object.
 */

import type { ModelName } from '../../../shared/models.ts'
import type { Mode } from '../../access/keys.ts'
import type { EditCursor, IndexedEdit, IndexedPage } from '../../rpc/account/edits.ts'
import type { AcceptedEdit, EditSummary } from '../../rpc/edit/accepted.ts'
import type { FinalEdit } from '../../rpc/edit/state.ts'
import { type Lane, laneOf } from '../../rpc/provider.ts'
import { changed, row, rows } from '../sql.ts'
import type { ArchivedEdit } from './archive/pages.ts'

export const editTables = [
  `CREATE TABLE edit (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, client TEXT, price INTEGER NOT NULL,
    summary TEXT NOT NULL, metadata TEXT NOT NULL, final TEXT, createdAt INTEGER NOT NULL,
    checkAt INTEGER NOT NULL, settledAt INTEGER, deletedAt INTEGER)`,
  'CREATE INDEX edit_created ON edit (createdAt, id)',
  'CREATE INDEX edit_open ON edit (checkAt) WHERE settledAt IS NULL',
  'CREATE TABLE outbox (edit TEXT PRIMARY KEY, accepted TEXT NOT NULL, attempts INTEGER NOT NULL, nextAt INTEGER NOT NULL)',
]

/** Open edits by mode, client and model: counted without reading any other. */
export const openEditIndex = [
  `CREATE INDEX edit_open_lane ON edit (json_extract(summary, '$.mode'), client IS NULL, json_extract(summary, '$.model'))
    WHERE settledAt IS NULL`,
]

/** Leaves nothing of what came with a deleted edit; a problem's detail may quote it. */
const EMPTY = `UPDATE edit SET metadata = '{}', summary = json_remove(json_set(summary, '$.metadata', json('{}')), '$.warnings', '$.record'),
    final = CASE WHEN json_extract(final, '$.problem.detail') IS NULL THEN final
      ELSE json_set(final, '$.problem.detail', '') END
  WHERE deletedAt IS NOT NULL`

/** Rows of edits that an older release deleted. */
export const emptiedRows = [EMPTY]

/** When the alarm retries a hand-over: later than a burst may delay the first try. */
export const HAND_OVER_AGAIN_MS = 2000
const MAX_RETRY_MS = 60_000
/** An edit reaches a final state by its deadline; the account checks this much later. */
const GRACE_MS = 60_000

type StoredEdit = {
  id: string
  key: string
  client: string | null
  price: number
  summary: string
  final: string | null
  createdAt: number
  deletedAt: number | null
}

/** Edits that are looked at for one page of a list. */
const MOST_SEEN = 1000
/** Newer than any edit. */
export const NEWEST: EditCursor = { createdAt: Number.MAX_SAFE_INTEGER, id: '' }

const COLUMNS = 'id, key, client, price, summary, final, createdAt, deletedAt'

export class EditIndex {
  readonly #sql: SqlStorage
  /** Open edits by mode, kind of payer and model; null while not counted. */
  #openCounts: Map<string, OpenCount> | null = null

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** Adds the edit, and the outbox row from which its object is created. */
  add(accepted: AcceptedEdit, summary: EditSummary): void {
    const { id, payer, price, metadata, createdAt, deadline } = accepted
    this.#sql.exec(
      'INSERT INTO edit (id, key, client, price, summary, metadata, createdAt, checkAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
      id,
      payer.key,
      payer.client,
      price.amount,
      JSON.stringify(summary),
      JSON.stringify(metadata),
      createdAt,
      deadline + GRACE_MS,
    )
    this.#sql.exec(
      'INSERT INTO outbox (edit, accepted, attempts, nextAt) VALUES (?, ?, 0, ?)',
      id,
      JSON.stringify(accepted),
      Date.now() + HAND_OVER_AGAIN_MS,
    )
  }

  /** How many edits of a mode are open. */
  open(mode: Mode): number {
    return this.#countOpen((counted) => counted.mode === mode)
  }

  /** How many edits of a model are open in a lane. */
  openIn(lane: Lane, model: ModelName): number {
    return this.#countOpen(
      (counted) => counted.model === model && laneOf(counted.mode, counted.client) === lane,
    )
  }

  /** Counts an edit that was added, once its transaction is through. */
  opened({ mode, payer, model }: AcceptedEdit): void {
    this.#addOpen({ mode, client: payer.client, model }, 1)
  }

  get(id: string): IndexedEdit | null {
    const found = row<StoredEdit>(this.#sql, `SELECT ${COLUMNS} FROM edit WHERE id = ?`, id)
    return found === null ? null : parse(found)
  }

  /**
   * A page, newest first, from before `cursor` on. `metadata` has to match in every entry. Looks at so
   * many edits at most, so a page may have few or none although there is a next one.
   */
  list(
    limit: number,
    cursor: EditCursor | null,
    metadata: Readonly<Record<string, string>>,
  ): IndexedPage {
    const filters = Object.entries(metadata)
    const found: EditCursor[] = []
    let last = cursor ?? NEWEST
    for (let seen = 0; seen < MOST_SEEN; ) {
      const wanted = Math.min(filters.length > 0 ? MOST_SEEN : limit + 1, MOST_SEEN - seen)
      const some = this.#before(last, wanted, filters)
      seen += some.length
      for (const { matches, ...edit } of some) {
        // One more than asked for: there is a next page, after the one before it.
        if (matches === 1 && found.length === limit) return { edits: this.#all(found), next: last }
        if (matches === 1) found.push(edit)
        last = edit
      }
      if (some.length < wanted) return { edits: this.#all(found), next: null }
    }
    return { edits: this.#all(found), next: last }
  }

  /** The next edits after a cursor, and whether they belong into the list. */
  #before(
    { createdAt, id }: EditCursor,
    count: number,
    filters: readonly (readonly [string, string])[],
  ): (EditCursor & { matches: 0 | 1 })[] {
    const matches = ['deletedAt IS NULL', ...filters.map(() => 'json_extract(metadata, ?) IS ?')]
    return rows<EditCursor & { matches: 0 | 1 }>(
      this.#sql,
      `SELECT createdAt, id, ${matches.join(' AND ')} AS matches FROM edit
        WHERE (createdAt, id) < (?, ?) ORDER BY createdAt DESC, id DESC LIMIT ?`,
      ...filters.flatMap(([name, value]) => [`$."${name}"`, value]),
      createdAt,
      id,
      count,
    )
  }

  #all(found: readonly EditCursor[]): IndexedEdit[] {
    return rows<StoredEdit>(
      this.#sql,
      `SELECT ${COLUMNS} FROM edit WHERE id IN (SELECT value FROM json_each(?)) ORDER BY createdAt DESC, id DESC`,
      JSON.stringify(found.map(({ id }) => id)),
    ).map(parse)
  }

  /** The oldest edit that is here; null if there is none. */
  oldest(): EditCursor | null {
    return row<EditCursor>(
      this.#sql,
      'SELECT createdAt, id FROM edit ORDER BY createdAt, id LIMIT 1',
    )
  }

  /** The oldest edits, created before a time, up to the first whose hold is open. */
  settledBefore(time: number, limit: number): ArchivedEdit[] {
    const old = rows<StoredEdit & { metadata: string; settledAt: number | null }>(
      this.#sql,
      `SELECT ${COLUMNS}, metadata, settledAt FROM edit WHERE createdAt < ? ORDER BY createdAt, id LIMIT ?`,
      time,
      limit,
    )
    const open = old.findIndex(({ settledAt }) => settledAt === null)
    return old.slice(0, open < 0 ? undefined : open).map(({ metadata, settledAt, ...edit }) => ({
      ...parse(edit),
      metadata: JSON.parse(metadata),
    }))
  }

  /** Deletes rows of edits that are in the archive. */
  forget(ids: readonly string[]): void {
    this.#sql.exec(
      'DELETE FROM edit WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    )
  }

  /** Stores how an edit ended, beside its settlement. The first final state stands. */
  finish({ id, client, summary }: IndexedEdit, final: FinalEdit): void {
    const statement =
      'UPDATE edit SET final = ?, settledAt = ? WHERE id = ? AND settledAt IS NULL RETURNING id'
    if (changed(this.#sql, statement, JSON.stringify(final), Date.now(), id) === 1)
      this.#addOpen({ mode: summary.mode, client, model: summary.model }, -1)
    // A settlement may have been on its way while the edit was deleted.
    this.#empty(id)
  }

  /** Empties the row of a deleted edit. */
  #empty(id: string): void {
    this.#sql.exec(`${EMPTY} AND id = ?`, id)
  }

  /**
   * Deletes what came with an edit, or tells of it; the row stays, since the ledger refers to it.
   * @returns false if that was done before
   */
  remove(id: string): boolean {
    const statement =
      'UPDATE edit SET deletedAt = ? WHERE id = ? AND deletedAt IS NULL RETURNING id'
    const fresh = changed(this.#sql, statement, Date.now(), id) === 1
    this.#empty(id)
    return fresh
  }

  /** Edits whose hand-over is due. */
  dueOutbox(): string[] {
    return rows<{ edit: string }>(
      this.#sql,
      'SELECT edit FROM outbox WHERE nextAt <= ? ORDER BY nextAt LIMIT 50',
      Date.now(),
    ).map(({ edit }) => edit)
  }

  outboxOf(edit: string): AcceptedEdit | null {
    const found = row<{ accepted: string }>(
      this.#sql,
      'SELECT accepted FROM outbox WHERE edit = ?',
      edit,
    )
    return found === null ? null : JSON.parse(found.accepted)
  }

  /** The edit's object has it. */
  handedOver(edit: string): void {
    this.#sql.exec('DELETE FROM outbox WHERE edit = ?', edit)
  }

  /** The edit's object could not be reached; next try later. */
  postpone(edit: string): void {
    this.#sql.exec(
      'UPDATE outbox SET attempts = attempts + 1, nextAt = ? + MIN(?, ? * (1 << MIN(attempts, 10))) WHERE edit = ?',
      Date.now(),
      MAX_RETRY_MS,
      HAND_OVER_AGAIN_MS,
      edit,
    )
  }

  /** Edits whose hold is past its deadline. */
  overdue(): string[] {
    return rows<{ id: string }>(
      this.#sql,
      'SELECT id FROM edit WHERE settledAt IS NULL AND checkAt <= ? LIMIT 50',
      Date.now(),
    ).map(({ id }) => id)
  }

  /** Checks an overdue hold again later: its edit's object may not respond now. */
  checkAgain(id: string): void {
    this.#sql.exec('UPDATE edit SET checkAt = ? WHERE id = ?', Date.now() + MAX_RETRY_MS / 2, id)
  }

  #countOpen(counts: (counted: OpenCount) => boolean): number {
    let sum = 0
    for (const counted of this.#counted().values()) if (counts(counted)) sum += counted.count
    return sum
  }

  /** Read once, then kept: an account may have thousands of open edits, and each create asks. */
  #counted(): Map<string, OpenCount> {
    if (this.#openCounts !== null) return this.#openCounts
    const found = rows<OpenCount>(
      this.#sql,
      `SELECT json_extract(summary, '$.mode') AS mode, CASE client IS NULL WHEN 0 THEN '' END AS client,
        json_extract(summary, '$.model') AS model, COUNT(*) AS count
        FROM edit WHERE settledAt IS NULL GROUP BY 1, client IS NULL, 3`,
    )
    this.#openCounts = new Map(found.map((counted) => [nameOf(counted), counted]))
    return this.#openCounts
  }

  #addOpen({ mode, client, model }: Omit<OpenCount, 'count'>, change: 1 | -1): void {
    // Whoever counts later counts this edit too.
    if (this.#openCounts === null) return
    const kind = { mode, client: client === null ? null : '', model }
    const name = nameOf(kind)
    const all = this.#openCounts
    all.set(name, { ...kind, count: (all.get(name)?.count ?? 0) + change })
  }

  /** When the outbox or an overdue hold is due next. */
  nextAt(): number | null {
    const next = row<{ at: number | null }>(
      this.#sql,
      'SELECT MIN(at) AS at FROM (SELECT MIN(nextAt) AS at FROM outbox UNION ALL SELECT MIN(checkAt) FROM edit WHERE settledAt IS NULL)',
    )
    return next?.at ?? null
  }
}

/** How many edits of a kind are open; `client` is empty for any client token. */
type OpenCount = { mode: Mode; client: string | null; model: ModelName; count: number }

function nameOf({ mode, client, model }: Omit<OpenCount, 'count'>): string {
  return `${mode} ${client === null} ${model}`
}

function parse(stored: StoredEdit): IndexedEdit {
  return {
    ...stored,
    summary: JSON.parse(stored.summary),
    final: stored.final === null ? null : JSON.parse(stored.final),
  }
}
