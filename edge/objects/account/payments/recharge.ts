/** Auto-recharge: the saved card is charged where the balance falls below a threshold. */

import Stripe from 'stripe'
import { charge, findCharge, paymentFor } from '../../../outbound/stripe/requests.ts'
import type { PaymentRow, StopReason } from '../../../rpc/account/payments.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { stopRecharge } from './stop.ts'

/**
 * Begins a recharge where the balance is below the threshold and none is open. Call it in the
 * transaction that changed the balance. @returns true if the alarm has something to do at once
 */
export function considerRecharge(account: AccountContext): boolean {
  const { settings, payer, payments, ledger } = account
  const { billing } = settings
  if (billing === null) return false
  const { enabled, threshold, pack: id, monthlyLimit } = payer.autoRecharge()
  if (!enabled || ledger.balance >= threshold) return false
  const pack = billing.packs.find((one) => one.id === id)
  if (pack === undefined) {
    stopRecharge(account, 'pack_gone')
    return true
  }
  const before = billing.minorUnit * payments.rechargedSince(monthStart(Date.now()))
  if (monthlyLimit !== null && before + pack.amount > monthlyLimit) return false
  return payments.beginRecharge(paymentFor(pack, billing))
}

function monthStart(now: number): number {
  const date = new Date(now)
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth())
}

/**
 * Charges the saved card. Repeating it charges once.
 *
 * @returns Stripe's payment intent; null where it came to nothing
 * @throws Stripe.errors.StripeError where nobody knows
 */
export async function recharge(
  account: AccountContext,
  stripe: Stripe,
  { id, pack, amount, currency, createdAt, expiresAt }: PaymentRow,
): Promise<string | null> {
  const { ctx, payer, payments, profile } = account
  const self = profile.read()
  const { customer } = payer
  const { enabled, card } = payer.autoRecharge()
  if (self === null || customer === null || card === null) throw new Error(`${id} has no payer`)
  const fail = (fault: string, reason: StopReason) =>
    ctx.storage.transactionSync(() => {
      if (payments.end(id, 'failed', fault)) stopRecharge(account, reason)
      return null
    })
  faultPoint('account.before-charge', ctx)
  if (!enabled || Date.now() > expiresAt) {
    // It is not charged any more; an earlier request may have come through.
    const made = await findCharge(stripe, { customer, payment: id, since: createdAt })
    return made ?? fail('it was not charged in time', 'unreachable')
  }
  const name = { region: self.region, account: self.id, payment: id }
  try {
    return await charge(stripe, { name, amount, currency, customer, pack }, card.id)
  } catch (error) {
    const { StripeCardError, StripeInvalidRequestError } = Stripe.errors
    const refused = error instanceof StripeCardError || error instanceof StripeInvalidRequestError
    if (!refused) throw error
    const { code, decline_code } = error
    const reason = code === 'authentication_required' ? code : 'declined'
    return fail(decline_code || code || error.type, reason)
  }
}
