/** What an edit's Durable Object offers over RPC. */

import type { RunEvent } from '../../../shared/run.ts'
import type { Outcome } from '../outcome.ts'
import type { AcceptedEdit } from './accepted.ts'
import type { EditState } from './state.ts'

/** What became of an event: taken, of an attempt that is over, wrong bearer, or no such edit. */
export type EventOutcome = 'taken' | 'stale' | 'unauthenticated' | 'unknown'

/** A state and the number of its last event: together they change whenever the edit does. */
export type EditReading = { readonly edit: EditState; readonly version: number }

export interface EditRpc extends Rpc.DurableObjectBranded {
  /** Takes the edit over, once; from here on its alarm brings it to a final state. */
  create(accepted: AcceptedEdit): Promise<void>
  /** The edit's state, null where there is no edit. */
  read(): Promise<EditReading | null>
  /** Waits until the edit reaches a final state, at most so many milliseconds. */
  wait(milliseconds: number): Promise<EditReading | null>
  /**
   * `GET /events`: everything after `Last-Event-ID`, until the edit reaches a final state; 204 if
   * nothing will come after it, 404 where there is no edit.
   */
  fetch(request: Request): Promise<Response>
  /** An event of run `attempt`. */
  report(attempt: number, token: string, event: RunEvent): Promise<EventOutcome>
  /** Makes the alarm fire now: something may have happened. */
  wake(): Promise<void>
  /** A live edit needs the slot of this test edit's run: the run stops, and the edit waits again. */
  giveWay(): Promise<void>
  /** Cancels an open edit. @returns whether it is charged; rejection `conflict` if it is over */
  cancel(): Promise<Outcome<{ readonly charged: boolean }>>
  /**
   * Cancels if need be and deletes photo, result, thumbnails, drags, prompts and metadata.
   * @returns false where there is no edit. @throws Error of the bucket; it is asked again later
   */
  remove(): Promise<boolean>
  /** Deletes what the bucket has failed to delete. @returns false if nothing is left of the edit */
  purge(): Promise<boolean>
  /** The result was sent in full: an edit of which nothing is to be kept deletes itself soon. */
  fetched(): Promise<void>
  /** Forces a final state after the hold's deadline. @returns the state, null if there is no edit */
  conclude(): Promise<string | null>
}
