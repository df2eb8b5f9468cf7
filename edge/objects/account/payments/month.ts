/** What auto-recharge may charge in a calendar month (UTC), and when what it held back may go on. */

import type { Billing, Pack } from '../../../settings/billing.ts'
import type { Ledger } from '../ledger.ts'
import type { Payer } from './payer.ts'
import type { Payments } from './payments.ts'

/** Whether the month's limit holds a recharge back. @param monthlyLimit micro-units; null for none */
export function isHeldBack(
  payments: Payments,
  { amount }: Pack,
  monthlyLimit: number | null,
  { minorUnit }: Billing,
): boolean {
  if (monthlyLimit === null) return false
  const before = minorUnit * payments.rechargedSince(monthStart(0))
  return before + amount > monthlyLimit
}

/** When the month's limit lets a recharge through again; null where it holds none back. */
export function nextRechargeAt(
  billing: Billing | null,
  { payer, payments, ledger }: { payer: Payer; payments: Payments; ledger: Ledger },
): number | null {
  if (billing === null) return null
  const { enabled, threshold, pack: id, monthlyLimit } = payer.autoRecharge()
  if (!enabled || monthlyLimit === null || ledger.balance >= threshold) return null
  const pack = billing.packs.find((one) => one.id === id)
  // A limit below the pack's price holds it back for ever.
  if (pack === undefined || pack.amount > monthlyLimit) return null
  return isHeldBack(payments, pack, monthlyLimit, billing) ? monthStart(1) : null
}

/** The start of this month, or of one so many months later: epoch ms. */
function monthStart(later: number): number {
  const date = new Date(Date.now())
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later)
}
