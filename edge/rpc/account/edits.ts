/** An account's edits, as its Durable Object offers them. */

import type { ModelName } from '../../../shared/models.ts'
import type { Credential } from '../../access/keys.ts'
import type { AcceptedEdit, EditSummary } from '../edit/accepted.ts'
import type { FinalEdit } from '../edit/state.ts'
import type { Outcome } from '../outcome.ts'
import type { Once } from './idempotency.ts'
import type { CreateLimit } from './keys.ts'
import type { Settlement } from './ledger.ts'

/** An edit as the account keeps it. */
export type IndexedEdit = {
  readonly id: string
  readonly key: string
  readonly client: string | null
  readonly price: number
  readonly summary: EditSummary
  /** How it ended; null while it is open. */
  readonly final: FinalEdit | null
  readonly createdAt: number
  readonly deletedAt: number | null
}

/** After which edit a page of a list begins. */
export type EditCursor = { readonly createdAt: number; readonly id: string }

/** A page of a list; `next` is null for the last one. */
export type IndexedPage = {
  readonly edits: readonly IndexedEdit[]
  readonly next: EditCursor | null
}

/** What is known of a create before anything is read, fetched or stored for it. */
export type AdmitRequest = {
  readonly credential: Credential
  readonly once: Once | null
  /** Whether equal requests have to wait for this one. */
  readonly lease: boolean
  /** What the edit costs at least. */
  readonly price: number
  readonly model: ModelName
}

export type Admission = {
  /** The edit that an earlier, equal request made; null if there is none. */
  readonly known: string | null
  readonly rate: CreateLimit | null
  /** Open edits of the same model that wait in the same lane, or run. */
  readonly open: number
}

/** What the accept transaction needs, beside the edit itself. */
export type AcceptRequest = {
  readonly credential: Credential
  readonly once: Once | null
  /** Whether {@link EditsRpc.admit} has counted this create; otherwise the accept does. */
  readonly counted: boolean
  readonly accepted: AcceptedEdit
  readonly summary: EditSummary
}

export type Accepted = {
  readonly id: string
  /** True where an earlier, equal request made this edit. */
  readonly replayed: boolean
  readonly balance: number
  /** The key's rate, where this call counted the create. */
  readonly rate: CreateLimit | null
  /** Null for an edit that an earlier request made. */
  readonly standing: Standing | null
}

/** An edit of a batch, and where the request has it: `/edits/3`, or empty for the request itself. */
export type Placed<T> = T & { readonly pointer: string }

/** What is known of a batch before anything is read, fetched or stored for it. */
export type AdmitBatchRequest = {
  readonly credential: Credential
  readonly once: Once | null
  /** What each edit costs at least, and its model. */
  readonly edits: readonly Placed<{ readonly price: number; readonly model: ModelName }>[]
}

export type BatchAdmission = {
  /** The edits that an earlier, equal request made; null if there are none. */
  readonly known: readonly string[] | null
  readonly rate: CreateLimit | null
  /** For each edit, open edits of the same model that wait in the same lane, or run. */
  readonly open: readonly number[]
}

export type AcceptBatchRequest = {
  readonly credential: Credential
  readonly once: Once | null
  readonly edits: readonly Placed<Pick<AcceptRequest, 'accepted' | 'summary'>>[]
}

export type AcceptedBatch = {
  readonly ids: readonly string[]
  /** True where an earlier, equal request made these edits. */
  readonly replayed: boolean
  readonly balance: number
}

/** What a caller's next edit of the same model may count on, as long as nothing else happens. */
export type Standing = {
  /** What may be spent: the balance, or less where key or client token have a limit. Micro-units. */
  readonly money: number
  /** Edits that may be created this minute. */
  readonly creates: number
  /** Edits that the account may open beside those that are open. */
  readonly mayOpen: number
  /** Open edits of the same model that wait in the same lane, or run. */
  readonly open: number
}

/** What became of an edit's hold, and the endpoints that want its final event. */
export type Settled = { readonly settlement: Settlement; readonly endpoints: readonly string[] }

/** `account.edits()` */
export interface EditsRpc extends Rpc.RpcTargetBranded {
  /**
   * Counts a create and checks what is known of it: its Idempotency-Key, the key's rate and limits,
   * the account's open edits, the balance. Holds nothing, except a lease where one is asked for.
   */
  admit(request: AdmitRequest): Outcome<Admission>
  releaseLease(once: Once): void
  /**
   * Accepts an edit: response under its Idempotency-Key, limits, hold, row and outbox in one
   * transaction. Checks all that {@link admit} checks.
   */
  accept(request: AcceptRequest): Outcome<Accepted>
  /** As {@link admit}, for edits that are accepted together: each counts as a create. Takes a lease. */
  admitBatch(request: AdmitBatchRequest): Outcome<BatchAdmission>
  /**
   * As {@link accept}, for edits that are accepted together: all of them in one transaction, or none. The
   * rejection points to the first edit that is too many.
   */
  acceptBatch(request: AcceptBatchRequest): Outcome<AcceptedBatch>
  /** Makes sure that an accepted edit has its object. @returns false if it has none even so */
  handOver(id: string): Promise<boolean>
  /**
   * Settles an edit's hold, called by the edit's own object. The first settlement stands, however
   * often this is called.
   *
   * @returns null where the account has no such edit
   */
  settle(id: string, final: FinalEdit): Settled | null
  get(id: string): Promise<IndexedEdit | null>
  /**
   * A page, newest first, from before `cursor` on. `metadata` has to match in every entry. Looks at a
   * bounded number of edits, so a page may have few or none although there is a next one.
   */
  list(
    limit: number,
    cursor: EditCursor | null,
    metadata: Readonly<Record<string, string>>,
  ): Promise<IndexedPage>
  /**
   * Deletes what came with an edit: its metadata, and its upload if no other edit uses it. Its row
   * and its postings stay. @returns false if that was done before
   */
  remove(id: string): Promise<boolean>
}
