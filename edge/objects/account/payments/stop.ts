/** Turning auto-recharge off, and saying so. */

import type { StopReason } from '../../../rpc/account/payments.ts'
import type { AccountContext } from '../context.ts'
import { queueMessage } from '../targets/messages.ts'

/** Call it in a transaction. Says nothing where it was off. */
export function stopRecharge(account: AccountContext, reason: StopReason): void {
  if (!account.payer.stop(reason)) return
  const endpoints = account.endpoints.wanting('recharge.stopped')
  const data = { reason, balance: account.ledger.balance }
  const timestamp = new Date().toISOString()
  queueMessage(account, { type: 'recharge.stopped', timestamp, data }, endpoints)
}
