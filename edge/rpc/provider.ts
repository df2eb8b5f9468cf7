/** What a provider's Durable Object offers over RPC. */

/** What an edit that wants a slot gets. */
export type SlotAnswer =
  | { readonly answer: 'granted' }
  /** The edit asks again, or is woken before; position counts from 1. */
  | { readonly answer: 'wait'; readonly position: number; readonly seconds: number }
  /** The circuit breaker is open until then. */
  | { readonly answer: 'open'; readonly until: number }

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
export type Ticket = { edit: string; account: string; region: string }

/** How a provider is doing, for the operator. */
export type ProviderStatus = {
  readonly taken: number
  readonly waiting: number
  readonly openUntil: number | null
  readonly secondsPerRun: number
}

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
  status(): Promise<ProviderStatus>
}
