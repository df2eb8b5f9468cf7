/**
 * An edit's row and the transitions it may make. Every change names the states it may start from.
 * Knows no network.
 */

import type { BackboneName } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import type { EditWork } from '../../../shared/edit/work.ts'
import type { Problem } from '../../../shared/errors.ts'
import type { planSizes } from '../../../shared/geometry/plan.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import type { Mode, Region } from '../../access/keys.ts'
import type { Payer, Settlement } from '../account/ledger.ts'
import { hasTable, row } from '../sql.ts'

/** What was accepted: everything a run needs, and nothing that changes. Times are epoch ms. */
export type AcceptedEdit = {
  readonly account: string
  readonly region: Region
  readonly id: string
  readonly mode: Mode
  readonly payer: Payer
  readonly model: BackboneName
  readonly image: Size & { readonly key: string }
  readonly workingSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  readonly sampler: SamplerSettings
  readonly metadata: Readonly<Record<string, string>>
  readonly price: { readonly amount: number; readonly version: string }
  readonly createdAt: number
  /** Whatever happened, the edit is over by then. */
  readonly deadline: number
  /** When the caller wants it canceled if it is not done (Cancel-After). */
  readonly cancelAt: number | null
}

/** What of an accepted edit is shown, without its index maps and without its words. */
export type EditSummary = Pick<
  AcceptedEdit,
  'model' | 'mode' | 'workingSize' | 'metadata' | 'price' | 'createdAt'
> & {
  readonly seed: number
  readonly steps: number
  readonly image: Size
  /** Missing where the mask says what may change: the worker makes that plan. */
  readonly plan?: ReturnType<typeof planSizes>
}

export const editStatuses = [
  'queued',
  'dispatching',
  'running',
  'storing',
  'succeeded',
  'failed',
  'canceled',
  'expired',
] as const
export type EditStatus = (typeof editStatuses)[number]

/** States before the end. */
export const openStatuses = [
  'queued',
  'dispatching',
  'running',
  'storing',
] as const satisfies readonly EditStatus[]

/** A state an edit ends in. */
export type FinalStatus = Exclude<EditStatus, (typeof openStatuses)[number]>

/** True before the end. */
export function isOpen(status: EditStatus): boolean {
  return (openStatuses as readonly EditStatus[]).includes(status)
}

/** A result as it lies in the bucket. */
export type StoredResult = Size & { readonly key: string; readonly bytes: number }

/** How an edit ended: what its account keeps of it. */
export type FinalEdit = {
  readonly status: FinalStatus
  readonly settlement: Settlement
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Record<string, number> | null
  readonly attempts: number
  readonly endedAt: number
}

/** The row as it is stored. Times are in milliseconds since the epoch. */
export type EditRow = {
  readonly status: EditStatus
  readonly accepted: AcceptedEdit
  /** Number of the hand-over that is going on; its run and its result are named after it. */
  readonly attempt: number
  /** Runs that a worker had taken and that came to nothing. */
  readonly losses: number
  readonly provider: string | null
  /** Providers that lost a run; the next one goes elsewhere if it can. */
  readonly avoid: readonly string[]
  /** What the provider calls the run, where it has a name of its own. */
  readonly handle: string | null
  /** Digest of the bearer that the current attempt's events carry. */
  readonly tokenDigest: string | null
  readonly lastSeq: number
  readonly step: number
  readonly silentPolls: number
  /** Whether any worker has said that it started: from then on a cancel is charged. */
  readonly started: 0 | 1
  /** What the worker says it stored. */
  readonly claim: (Size & { readonly bytes: number }) | null
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Record<string, number> | null
  readonly queue: { readonly position: number; readonly seconds: number } | null
  readonly updatedAt: number
  readonly endedAt: number | null
  readonly settlement: Settlement | null
  readonly settled: 0 | 1
  readonly deletedAt: number | null
  /** When looking for a worker, and later when waiting for the run, ends. */
  readonly dispatchBy: number
  readonly runBy: number | null
  /** When the next look is due. */
  readonly wakeAt: number
}

const COLUMNS = {
  status: 'TEXT NOT NULL',
  accepted: 'TEXT NOT NULL',
  attempt: 'INTEGER NOT NULL',
  losses: 'INTEGER NOT NULL',
  provider: 'TEXT',
  avoid: 'TEXT NOT NULL',
  handle: 'TEXT',
  tokenDigest: 'TEXT',
  lastSeq: 'INTEGER NOT NULL',
  step: 'INTEGER NOT NULL',
  silentPolls: 'INTEGER NOT NULL',
  started: 'INTEGER NOT NULL',
  claim: 'TEXT',
  result: 'TEXT',
  problem: 'TEXT',
  timings: 'TEXT',
  queue: 'TEXT',
  updatedAt: 'INTEGER NOT NULL',
  endedAt: 'INTEGER',
  settlement: 'TEXT',
  settled: 'INTEGER NOT NULL',
  deletedAt: 'INTEGER',
  dispatchBy: 'INTEGER NOT NULL',
  runBy: 'INTEGER',
  wakeAt: 'INTEGER NOT NULL',
} as const satisfies Record<keyof EditRow, string>

const JSON_COLUMNS: ReadonlySet<string> = new Set([
  'accepted',
  'avoid',
  'claim',
  'result',
  'problem',
  'timings',
  'queue',
])

/** The table of the row, for {@link migrate}. */
export const editStateTables = [
  `CREATE TABLE edit (one INTEGER PRIMARY KEY CHECK (one = 1), ${Object.entries(COLUMNS)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')})`,
]

export class EditState {
  readonly #sql: SqlStorage

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /** The row, or null where no edit was accepted. Creates nothing. */
  read(): EditRow | null {
    if (!hasTable(this.#sql, 'edit')) return null
    const found = row(this.#sql, 'SELECT * FROM edit')
    if (found === null) return null
    const parsed = Object.entries(found).map(([key, value]) => [
      key,
      JSON_COLUMNS.has(key) && value !== null ? JSON.parse(value as string) : value,
    ])
    return Object.fromEntries(parsed) as EditRow
  }

  /**
   * Creates the row in state `queued`; an edit that exists stays as it is. Says whether it is new.
   */
  create(accepted: AcceptedEdit, dispatchBy: number): boolean {
    const now = Date.now()
    const fresh: EditRow = {
      status: 'queued',
      accepted,
      attempt: 0,
      losses: 0,
      provider: null,
      avoid: [],
      handle: null,
      tokenDigest: null,
      lastSeq: -1,
      step: 0,
      silentPolls: 0,
      started: 0,
      claim: null,
      result: null,
      problem: null,
      timings: null,
      queue: null,
      updatedAt: now,
      endedAt: null,
      settlement: null,
      settled: 0,
      deletedAt: null,
      dispatchBy,
      runBy: null,
      wakeAt: now,
    }
    const names = Object.keys(fresh)
    const marks = names.map(() => '?').join(', ')
    const cursor = this.#sql.exec(
      `INSERT OR IGNORE INTO edit (one, ${names.join(', ')}) VALUES (1, ${marks}) RETURNING one`,
      ...Object.entries(fresh).map(stored),
    )
    return cursor.toArray().length === 1
  }

  /** Changes the row if its status is one of `from`; says whether it did. */
  change(from: readonly EditStatus[], change: Partial<EditRow>): boolean {
    const entries = Object.entries({ ...change, updatedAt: Date.now() })
    const sets = entries.map(([name]) => `${name} = ?`).join(', ')
    const allowed = from.map(() => '?').join(', ')
    const cursor = this.#sql.exec(
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
