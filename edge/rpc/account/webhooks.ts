/** An account's webhook endpoints, as its Durable Object offers them. */

import type { WebhookEvent } from '../../outbound/webhook-message.ts'
import type { DeliveryTry } from '../../outbound/webhooks.ts'
import type { Outcome } from '../outcome.ts'
import type { Once, StoredResponse } from './idempotency.ts'

export type NewEndpoint = {
  readonly id: string
  readonly url: string
  readonly events: readonly WebhookEvent[]
  /** The signing secret, sealed. */
  readonly sealed: string
}

export type EndpointRow = {
  id: string
  url: string
  events: string
  createdAt: number
  disabledAt: number | null
}

/** A message that is queued; `replayed` where an earlier, equal request queued it. */
export type SentMessage = { readonly message: string; readonly replayed: boolean }

/** Where a delivery goes and what signs it. */
export type Destination = { readonly url: string; readonly sealed: readonly string[] }

/** A message to one endpoint. Its id stays the same on every retry. */
export type Delivery = {
  id: string
  endpoint: string
  type: string
  body: string
  /** Attempts made so far. */
  attempt: number
}

export type LogRow = {
  message: string
  type: WebhookEvent
  attempt: number
  status: number
  detail: string
  milliseconds: number
  at: number
}

/** `account.webhooks()` */
export interface WebhooksRpc extends Rpc.RpcTargetBranded {
  create(once: Once | null, response: string, endpoint: NewEndpoint): Outcome<StoredResponse>
  list(): EndpointRow[]
  remove(id: string): Outcome<void>
  /** Sets a new secret; the old one signs too for a day. */
  rotate(id: string, sealed: string): Outcome<void>
  /**
   * Sends a test event, or a logged message once more. Counted before anything is done.
   *
   * @returns the message's id
   */
  send(once: Once | null, id: string, message: string | null): Outcome<SentMessage>
  /** The last attempts, newest first. Rejected: `not_found`. */
  log(id: string): Outcome<LogRow[]>
  /** Null where the endpoint was removed or switched off. */
  destination(id: string): Destination | null
  logDelivery(delivery: Delivery, attempt: DeliveryTry): void
}
