/** Queues webhook messages of the account's own. */

import type { WebhookEvent } from '../../../outbound/webhooks.ts'
import { randomHex } from '../../../secrets.ts'
import type { AccountContext } from '../context.ts'

/** @returns the message's id */
export function queueMessage(
  { deliveries }: AccountContext,
  type: WebhookEvent,
  data: object,
  endpoints: readonly string[],
): string {
  const id = `msg_${randomHex(16)}`
  const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data })
  for (const endpoint of endpoints) deliveries.add({ id, endpoint, type, body })
  return id
}

/** Warns when a hold takes the balance below the account's limit. @returns true if balance.low was queued */
export function warnOfLowBalance(account: AccountContext, before: number, after: number): boolean {
  const limit = account.profile.read()?.lowBalance ?? 0
  if (before < limit || after >= limit) return false
  const endpoints = account.endpoints.wanting('balance.low')
  queueMessage(account, 'balance.low', { balance: after, limit }, endpoints)
  return true
}
