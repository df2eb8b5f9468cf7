/** Queues webhook messages of the account's own. */

import type { WebhookMessage } from '../../../outbound/webhook-message.ts'
import { randomHex } from '../../../secrets.ts'
import type { AccountContext } from '../context.ts'

/** @returns the message's id */
export function queueMessage(
  { deliveries }: AccountContext,
  message: WebhookMessage,
  endpoints: readonly string[],
): string {
  const id = `msg_${randomHex(16)}`
  const { type } = message
  const body = JSON.stringify(message)
  for (const endpoint of endpoints) deliveries.add({ id, endpoint, type, body })
  return id
}

/** Warns when a hold takes the balance below the account's limit. @returns true if balance.low was queued */
export function warnOfLowBalance(account: AccountContext, before: number, after: number): boolean {
  const limit = account.profile.read()?.lowBalance ?? 0
  if (before < limit || after >= limit) return false
  const endpoints = account.endpoints.wanting('balance.low')
  const data = { balance: after, limit }
  const timestamp = new Date().toISOString()
  queueMessage(account, { type: 'balance.low', timestamp, data }, endpoints)
  return true
}
