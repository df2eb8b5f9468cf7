/** What a provider's Durable Object offers over RPC. */

import type { Mode } from '../access/keys.ts'

/**
 * The lanes of a provider's queue, in the order in which they are served: live edits of account keys,
 * live edits of client tokens, test traffic. The numbers are stored.
 */
export const lanes = { key: 0, client: 1, test: 2 } as const
export type Lane = (typeof lanes)[keyof typeof lanes]

/** The lane of an edit, by the mode of its key and the client token that it was created with. */
export function laneOf(mode: Mode, client: string | null): Lane {
  if (mode === 'test') return lanes.test
  return client === null ? lanes.key : lanes.client
}

/** What an edit that wants a slot gets. */
export type SlotAnswer =
  | { readonly answer: 'granted' }
  /** The edit asks again, or is woken before; position counts from 1. */
  | { readonly answer: 'wait'; readonly position: number; readonly seconds: number }
  /** The circuit breaker is open until then. */
  | { readonly answer: 'open'; readonly until: number }
  /** As many edits wait as may; it is worth asking again then. */
  | { readonly answer: 'full'; readonly until: number }

/** What a mask that wants a slot gets. Masks do not queue: their caller waits for the response. */
export type MaskSlot =
  | { readonly answer: 'granted' }
  /** All slots are taken. */
  | { readonly answer: 'full' }
  /** The circuit breaker is open until then. */
  | { readonly answer: 'open'; readonly until: number }

/**
 * Why a slot is given back: its run ended well, its host was at fault, or neither, which says nothing
 * of the provider.
 */
export type Release = 'done' | 'fault' | 'left'

/** An edit in a provider's queue. `edit` is the name of its object. */
export type Ticket = { edit: string; account: string; region: string; lane: Lane }

/** A lane: how many edits wait, of how many accounts, and how many have a slot. */
export type LaneStatus = { waiting: number; accounts: number; taken: number }

/** A queue, as far as the wait of a new edit depends on it. */
export type QueueStatus = {
  /** Slots that may be used now; of a shard, at least its even part of all. */
  readonly slots: number
  /** By {@link Lane}. */
  readonly lanes: readonly LaneStatus[]
  /**
   * Average duration of live runs and of test runs, the time of lost ones included. Before one has
   * ended: how long the oldest has been running, and at least a fifteenth of the time an edit may wait.
   */
  readonly secondsPerRun: number
  readonly secondsPerTestRun: number
}

/** How a provider is doing. `taken` and `waiting` count over all lanes. */
export type ProviderStatus = QueueStatus & {
  readonly taken: number
  readonly waiting: number
  readonly openUntil: number | null
  /** Whether no run has ended well since the breaker opened; of a provider, in all its shards. */
  readonly failing: boolean
}

/** When a provider was out of order, in milliseconds; `until` is null while it lasts. */
export type Outage = { start: number; until: number | null }

export type Availability = {
  /** When the first run or mask ended; null where none has. */
  readonly since: number | null
  /** Oldest first, those of the last 90 days. */
  readonly outages: readonly Outage[]
}

/** @param name of the queue, as `objects/names.ts` makes it: an object does not know its own */
export interface ProviderRpc extends Rpc.DurableObjectBranded {
  /** Asks for a slot; asking again is harmless, and keeps the place. */
  request(name: string, ticket: Ticket): Promise<SlotAnswer>
  /** The worker accepted the run, which lasts until `until` at most. */
  accepted(edit: string, until: number): Promise<void>
  /** The worker was busy after all, or asked for a pause. */
  busy(edit: string, retryAfter: number): Promise<void>
  /** A slot is free again. @param seconds how long the run took, where it ended well */
  release(edit: string, why: Release, seconds: number | null): Promise<void>
  /** A run that failed here succeeded at another provider. */
  fault(): Promise<void>
  /** Asks for a slot for a mask. @param id names the slot */
  requestMask(name: string, id: string): Promise<MaskSlot>
  /** A mask's slot is free again. */
  releaseMask(id: string, why: Release): Promise<void>
  status(name: string): Promise<ProviderStatus>
  /** How available the provider was; of its own object, shards included. */
  availability(): Promise<Availability>
  /**
   * Reports how a shard of the queue stands; called by the shard.
   *
   * @param provider whose object this is
   * @param status null where the shard has nothing to do, and gives its slots back
   * @returns how many of the provider's slots the shard may use from now on
   */
  share(provider: string, shard: string, status: ProviderStatus | null): Promise<number>
}
