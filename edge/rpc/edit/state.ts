/** Where an edit stands: one type per status, each with just the fields it has. */

import type { Size } from '../../../shared/drag.ts'
import type { RunRecord } from '../../../shared/edit/record.ts'
import type { Problem } from '../../../shared/errors.ts'
import type { Settlement } from '../account/ledger.ts'
import type { AcceptedEdit, KeptEdit } from './accepted.ts'

/** States before the end. */
export const openStatuses = ['queued', 'dispatching', 'running', 'storing'] as const
export type OpenStatus = (typeof openStatuses)[number]

/** States an edit ends in. */
export const finalStatuses = ['succeeded', 'failed', 'canceled', 'expired'] as const
export type FinalStatus = (typeof finalStatuses)[number]

export const editStatuses = [...openStatuses, ...finalStatuses] as const
export type EditStatus = (typeof editStatuses)[number]

/** True before the end. */
export function isOpen(status: EditStatus): status is OpenStatus {
  return (openStatuses as readonly EditStatus[]).includes(status)
}

/** A result as it lies in the bucket. */
export type StoredResult = Size & { readonly key: string; readonly bytes: number }

/** What a worker reports to have stored. */
export type Claim = Size & { readonly bytes: number }

/** Milliseconds by phase, as the worker reported them. */
export type Timings = Record<string, number>

/** In every state. Times are epoch ms. */
type Base = {
  /** Steps that the current run has done. */
  readonly step: number
  /** Number of the last dispatch, 0 before the first; its run and its result are named after it. */
  readonly attempt: number
  /** Runs that a worker had accepted and that were lost or failed. */
  readonly losses: number
  /** When the alarm is next due for this edit. */
  readonly wakeAt: number
  readonly updatedAt: number
}

/** A run that its worker ended with an error, or that stored something else than a result. */
export type RunFailure = { readonly provider: string; readonly detail: string }

type Open = Base & {
  readonly accepted: AcceptedEdit
  /** Providers that lost a run; the next run goes elsewhere if it can. */
  readonly avoid: readonly string[]
  /** The runs that failed, and why. A run that was lost is not among them. */
  readonly failures: readonly RunFailure[]
  /** Whether any worker has reported `started`: from then on a cancel is charged. */
  readonly started: boolean
  /** Number of the last event of the last attempt; -1 before the first. */
  readonly lastSeq: number
  /** If no worker has accepted a run by then, the edit expires. */
  readonly dispatchBy: number
  /** Runs that were stopped for a live edit. */
  readonly gaveWay: number
  /**
   * Number of the shard of the provider's queue in which the edit waits, or has its slot; null for the
   * provider's own object.
   */
  readonly shard: number | null
}

export type QueuedEdit = Open & {
  readonly status: 'queued'
  /** The provider whose queue it waits in, or that had its last run; null before the first. */
  readonly provider: string | null
  readonly queue: { readonly position: number; readonly seconds: number } | null
}

/** The attempt that is under way. */
type Attempt = {
  readonly provider: string
  /** When the run was submitted; null for a run from before this was stored. */
  readonly submittedAt: number | null
  /** When the run is given up: its own limit or the edit's deadline, whichever comes first. */
  readonly runBy: number
  /** The provider's own id of the run, where it has one. */
  readonly jobId: string | null
  /** Digest of the bearer token of the run's events; null if the attempt was once written off. */
  readonly tokenDigest: string | null
  /** Polls in a row that got no answer. */
  readonly silentPolls: number
  /** The run was told to stop: a live edit needs its slot. */
  readonly stopping: boolean
}

export type DispatchingEdit = Open & Attempt & { readonly status: 'dispatching' }
export type RunningEdit = Open & Attempt & { readonly status: 'running' }
export type StoringEdit = Open &
  Attempt & {
    readonly status: 'storing'
    readonly claim: Claim
    readonly timings: Timings | null
  }

/** With a run that a worker may be working on. */
export type EditWithRun = DispatchingEdit | RunningEdit | StoringEdit
export type OpenEdit = QueuedEdit | EditWithRun

type Closed = Base & {
  readonly accepted: KeptEdit
  readonly settlement: Settlement
  /** Whether the account has acknowledged the settlement. */
  readonly settled: boolean
  readonly timings: Timings | null
  /** What the worker added to the edit's record; null where it reported nothing. */
  readonly record: RunRecord | null
  readonly endedAt: number
  readonly deletedAt: number | null
  /** When it deletes itself, if its caller has set a time; null for the service's own. */
  readonly removeBy: number | null
  /** When the bucket last deleted photo and results of the deleted edit; null before it has. */
  readonly purgedAt: number | null
  /** When the last run is over at the latest; null where there was none. */
  readonly runBy: number | null
}

export type SucceededEdit = Closed & {
  readonly status: 'succeeded'
  /** Null once the edit was deleted. */
  readonly result: StoredResult | null
}
export type FailedEdit = Closed & { readonly status: 'failed'; readonly problem: Problem }
export type CanceledEdit = Closed & { readonly status: 'canceled' }
export type ExpiredEdit = Closed & { readonly status: 'expired'; readonly problem: Problem }
export type ClosedEdit = SucceededEdit | FailedEdit | CanceledEdit | ExpiredEdit

export type EditState = OpenEdit | ClosedEdit

/** Narrows to the states before the end. */
export function isOpenEdit(edit: EditState): edit is OpenEdit {
  return isOpen(edit.status)
}

/** How an edit ended: what its account keeps of it. */
export type FinalEdit = {
  readonly status: FinalStatus
  readonly settlement: Settlement
  readonly result: StoredResult | null
  readonly problem: Problem | null
  readonly timings: Timings | null
  /** Absent in what an older release stored. */
  readonly record?: RunRecord | null
  readonly attempts: number
  readonly endedAt: number
}
