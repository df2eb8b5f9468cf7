/**
 * An edit's row and the transitions it may make. Every change names the states it may start from.
 * Knows no network.
 */

import type { BackboneName } from '../../shared/backbones.ts'
import type { Size } from '../../shared/drag.ts'
import type { SamplerSettings } from '../../shared/edit.ts'
import type { Problem } from '../../shared/errors.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'

/** What was accepted: everything a run needs, and nothing that changes. */
export type AcceptedEdit = {
  readonly account: string
  readonly id: string
  readonly model: BackboneName
  readonly image: Size & { readonly key: string }
  readonly workingSize: Size
  readonly plan: DragPlan
  readonly sampler: SamplerSettings
}

export const editStatuses = [
  'queued',
  'dispatching',
  'running',
  'storing',
  'succeeded',
  'failed',
  'canceled',
] as const
export type EditStatus = (typeof editStatuses)[number]

/** States before the end. */
export const openStatuses = [
  'queued',
  'dispatching',
  'running',
  'storing',
] as const satisfies readonly EditStatus[]

/** True before the end. */
export function isOpen(status: EditStatus): boolean {
  return (openStatuses as readonly EditStatus[]).includes(status)
}

/** The row as it is stored. Times are in milliseconds since the epoch. */
export type EditRow = {
  readonly status: EditStatus
  readonly accepted: AcceptedEdit
  readonly attempt: number
  /** Digest of the bearer that the current attempt's events carry. */
  readonly tokenDigest: string | null
  readonly lastSeq: number
  readonly step: number
  readonly silentPolls: number
  readonly result: (Size & { readonly key: string; readonly bytes: number }) | null
  readonly problem: Problem | null
  readonly timings: Record<string, number> | null
  readonly createdAt: number
  readonly updatedAt: number
  /** When looking for a worker, and later when waiting for the run, ends. */
  readonly dispatchBy: number
  readonly runBy: number | null
}

type StoredRow = Record<string, SqlStorageValue>

const COLUMNS = {
  status: 'TEXT NOT NULL',
  accepted: 'TEXT NOT NULL',
  attempt: 'INTEGER NOT NULL',
  tokenDigest: 'TEXT',
  lastSeq: 'INTEGER NOT NULL',
  step: 'INTEGER NOT NULL',
  silentPolls: 'INTEGER NOT NULL',
  result: 'TEXT',
  problem: 'TEXT',
  timings: 'TEXT',
  createdAt: 'INTEGER NOT NULL',
  updatedAt: 'INTEGER NOT NULL',
  dispatchBy: 'INTEGER NOT NULL',
  runBy: 'INTEGER',
} as const satisfies Record<keyof EditRow, string>

const JSON_COLUMNS: ReadonlySet<string> = new Set(['accepted', 'result', 'problem', 'timings'])

export class EditState {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The row, or null where no edit was accepted. Creates nothing. */
  read(): EditRow | null {
    const exists = this.#sql
      .exec("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'edit'")
      .toArray()
    if (exists.length === 0) return null
    const [row] = this.#sql.exec('SELECT * FROM edit').toArray()
    if (row === undefined) return null
    const parsed = Object.entries(row).map(([key, value]) => [
      key,
      JSON_COLUMNS.has(key) && value !== null ? JSON.parse(value as string) : value,
    ])
    return Object.fromEntries(parsed) as EditRow
  }

  /** Creates the row in state `queued`; an edit that exists stays as it is. */
  create(accepted: AcceptedEdit, now: number, dispatchBy: number): void {
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`)
    this.#sql.exec(
      `CREATE TABLE IF NOT EXISTS edit (one INTEGER PRIMARY KEY CHECK (one = 1), ${columns.join(', ')})`,
    )
    const row: EditRow = {
      status: 'queued',
      accepted,
      attempt: 0,
      tokenDigest: null,
      lastSeq: -1,
      step: 0,
      silentPolls: 0,
      result: null,
      problem: null,
      timings: null,
      createdAt: now,
      updatedAt: now,
      dispatchBy,
      runBy: null,
    }
    const names = Object.keys(row)
    const marks = names.map(() => '?').join(', ')
    this.#sql.exec(
      `INSERT OR IGNORE INTO edit (one, ${names.join(', ')}) VALUES (1, ${marks})`,
      ...Object.entries(row).map(stored),
    )
  }

  /** Changes the row if its status is one of `from`; says whether it did. */
  change(from: readonly EditStatus[], change: Partial<EditRow>): boolean {
    const entries = Object.entries({ ...change, updatedAt: Date.now() })
    const sets = entries.map(([name]) => `${name} = ?`).join(', ')
    const allowed = from.map(() => '?').join(', ')
    const cursor = this.#sql.exec<StoredRow>(
      `UPDATE edit SET ${sets} WHERE status IN (${allowed}) RETURNING status`,
      ...entries.map(stored),
      ...from,
    )
    return cursor.toArray().length === 1
  }
}

function stored([name, value]: [string, unknown]): SqlStorageValue {
  return JSON_COLUMNS.has(name) && value !== null
    ? JSON.stringify(value)
    : (value as SqlStorageValue)
}
