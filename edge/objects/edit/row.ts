/** An edit's row as SQLite stores it, and how it becomes one of the states. */

import type { RunRecord } from '../../../shared/edit/record.ts'
import type { Problem } from '../../../shared/errors.ts'
import type { Settlement } from '../../rpc/account/ledger.ts'
import { type AcceptedEdit, type KeptEdit, keptOf } from '../../rpc/edit/accepted.ts'
import type {
  Claim,
  ClosedEdit,
  EditState,
  EditStatus,
  OpenEdit,
  QueuedEdit,
  RunFailure,
  StoredResult,
  Timings,
} from '../../rpc/edit/state.ts'

/** The columns: what {@link EditState} has in any state, side by side. */
export type EditRow = {
  readonly status: EditStatus
  /** A {@link KeptEdit} once the edit is over; one that ended in an older release may be whole. */
  readonly accepted: AcceptedEdit | KeptEdit
  readonly attempt: number
  readonly losses: number
  readonly provider: string | null
  readonly shard: number | null
  readonly avoid: readonly string[]
  readonly failures: readonly RunFailure[]
  readonly jobId: string | null
  readonly tokenDigest: string | null
  readonly lastSeq: number
  readonly step: number
  readonly silentPolls: number
  readonly started: 0 | 1
  readonly claim: Claim | null
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Timings | null
  readonly record: RunRecord | null
  readonly queue: QueuedEdit['queue']
  readonly updatedAt: number
  readonly endedAt: number | null
  readonly settlement: Settlement | null
  readonly settled: 0 | 1
  readonly deletedAt: number | null
  readonly removeBy: number | null
  readonly purgedAt: number | null
  readonly dispatchBy: number
  readonly runBy: number | null
  readonly wakeAt: number
  readonly submittedAt: number | null
  readonly gaveWay: number
  readonly stopping: 0 | 1
}

/** The columns of the first release; later ones are added by migration steps. */
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
} as const satisfies Record<
  | Exclude<
      keyof EditRow,
      | 'submittedAt'
      | 'jobId'
      | 'failures'
      | 'record'
      | 'gaveWay'
      | 'stopping'
      | 'shard'
      | 'removeBy'
      | 'purgedAt'
    >
  | 'handle',
  string
>

export const JSON_COLUMNS: ReadonlySet<string> = new Set([
  'accepted',
  'avoid',
  'failures',
  'claim',
  'result',
  'problem',
  'timings',
  'record',
  'queue',
])

/** The table of the row, for {@link migrate}. */
export const editTables = [
  `CREATE TABLE edit (one INTEGER PRIMARY KEY CHECK (one = 1), ${columnsOf(COLUMNS)})`,
]

/** The table with the columns of all releases, for an edit that is new. */
export const wholeEditTable = (() => {
  const { handle, ...first } = COLUMNS
  const columns = {
    ...first,
    jobId: handle,
    submittedAt: 'INTEGER',
    failures: "TEXT NOT NULL DEFAULT '[]'",
    record: 'TEXT',
    gaveWay: 'INTEGER NOT NULL DEFAULT 0',
    stopping: 'INTEGER NOT NULL DEFAULT 0',
    shard: 'INTEGER',
    removeBy: 'INTEGER',
    purgedAt: 'INTEGER',
  } satisfies Record<keyof EditRow, string>
  return `CREATE TABLE edit (one INTEGER PRIMARY KEY CHECK (one = 1), ${columnsOf(columns)})`
})()

/** Adds the start of the run. An edit that has one already finds it among its events. */
export const submittedAtColumn = [
  'ALTER TABLE edit ADD COLUMN submittedAt INTEGER',
  "UPDATE edit SET submittedAt = (SELECT MAX(at) FROM event WHERE type = 'status' AND json_extract(data, '$.status') = 'dispatching') WHERE attempt > 0",
]

/** A drag has a handle; what RunPod calls a run is a job's id. */
export const jobIdColumn = ['ALTER TABLE edit RENAME COLUMN handle TO jobId']

/** A run that fails is another thing than a run that is lost. */
export const failuresColumn = ["ALTER TABLE edit ADD COLUMN failures TEXT NOT NULL DEFAULT '[]'"]

/** What the worker adds to the edit's record. */
export const recordColumn = ['ALTER TABLE edit ADD COLUMN record TEXT']

/** Test runs are stopped for live edits. */
export const giveWayColumns = [
  'ALTER TABLE edit ADD COLUMN gaveWay INTEGER NOT NULL DEFAULT 0',
  'ALTER TABLE edit ADD COLUMN stopping INTEGER NOT NULL DEFAULT 0',
]

/** Queues of large providers are split. */
export const shardColumn = ['ALTER TABLE edit ADD COLUMN shard INTEGER']

/** Callers may set how long an edit is kept. */
export const removeByColumn = ['ALTER TABLE edit ADD COLUMN removeBy INTEGER']

/** What the bucket fails to delete is deleted later; in an older release it may have failed. */
export const purgedAtColumn = ['ALTER TABLE edit ADD COLUMN purgedAt INTEGER']

function columnsOf(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ')
}

/** A new edit's row. */
export function queuedRow(accepted: AcceptedEdit, dispatchBy: number): EditRow {
  const now = Date.now()
  return {
    status: 'queued',
    accepted,
    attempt: 0,
    losses: 0,
    provider: null,
    shard: null,
    avoid: [],
    failures: [],
    jobId: null,
    tokenDigest: null,
    lastSeq: -1,
    step: 0,
    silentPolls: 0,
    started: 0,
    claim: null,
    result: null,
    problem: null,
    timings: null,
    record: null,
    queue: null,
    updatedAt: now,
    endedAt: null,
    settlement: null,
    settled: 0,
    deletedAt: null,
    removeBy: null,
    purgedAt: null,
    dispatchBy,
    runBy: null,
    wakeAt: now,
    submittedAt: null,
    gaveWay: 0,
    stopping: 0,
  }
}

/** The state that a row stores. @throws Error for a row that lacks what its status needs */
export function parseEdit(row: EditRow): EditState {
  switch (row.status) {
    case 'queued':
    case 'dispatching':
    case 'running':
    case 'storing':
      return parseOpen(row, row.status)
    case 'succeeded':
    case 'failed':
    case 'canceled':
    case 'expired':
      return parseClosed(row, row.status)
    default:
      throw new Error(`an edit has the status ${row.status}`)
  }
}

function parseOpen(row: EditRow, status: OpenEdit['status']): OpenEdit {
  const { accepted, avoid, failures, dispatchBy, gaveWay, lastSeq, provider, queue, timings } = row
  const { shard } = row
  if (!('work' in accepted)) throw new Error(`edit ${accepted.id} is ${status} without its work`)
  const started = row.started === 1
  const open = {
    ...baseOf(row),
    accepted,
    avoid,
    failures,
    dispatchBy,
    gaveWay,
    shard,
    lastSeq,
    started,
  }
  if (status === 'queued') return { ...open, status, provider, queue }
  const run = { ...open, ...attemptOf(row) }
  if (status !== 'storing') return { ...run, status }
  return { ...run, status, claim: required(row, 'claim'), timings }
}

function parseClosed(row: EditRow, status: ClosedEdit['status']): ClosedEdit {
  const { timings, record, deletedAt, purgedAt, removeBy, runBy, result } = row
  const closed = {
    ...baseOf(row),
    accepted: 'work' in row.accepted ? keptOf(row.accepted) : row.accepted,
    timings,
    record,
    deletedAt,
    removeBy,
    purgedAt,
    runBy,
    settlement: required(row, 'settlement'),
    settled: row.settled === 1,
    endedAt: required(row, 'endedAt'),
  }
  if (status === 'canceled') return { ...closed, status }
  if (status !== 'succeeded') return { ...closed, status, problem: required(row, 'problem') }
  return { ...closed, status, result: deletedAt === null ? required(row, 'result') : result }
}

function baseOf({ step, attempt, losses, wakeAt, updatedAt }: EditRow) {
  return { step, attempt, losses, wakeAt, updatedAt }
}

function attemptOf(row: EditRow) {
  const { submittedAt, jobId, tokenDigest, silentPolls } = row
  return {
    submittedAt,
    jobId,
    tokenDigest,
    silentPolls,
    stopping: row.stopping === 1,
    provider: required(row, 'provider'),
    runBy: required(row, 'runBy'),
  }
}

function required<K extends keyof EditRow>(row: EditRow, column: K): NonNullable<EditRow[K]> {
  const value = row[column]
  if (value === null || value === undefined)
    throw new Error(`edit ${row.accepted.id} is ${row.status} without ${column}`)
  return value
}
