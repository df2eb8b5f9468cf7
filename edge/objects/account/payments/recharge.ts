/** Auto-recharge: the saved card is charged where the balance falls below a threshold. */

import Stripe from 'stripe'
import { charge, findCharge, paymentFor } from '../../../outbound/stripe/requests.ts'
import type { PaymentRow, StopReason } from '../../../rpc/account/payments.ts'
import type { Outcome } from '../../../rpc/outcome.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { isHeldBack } from './month.ts'
import { stopRecharge } from './stop.ts'

/**
 * Begins a recharge where the balance is below the threshold and none is open. Call it in the
 * transaction that changed the balance. @returns true if the alarm has something to do at once
 */
export function considerRecharge(account: AccountContext): boolean {
  const { settings, profile, payer, payments, ledger } = account
  const { billing } = settings
  if (billing === null) return false
  const { enabled, threshold, pack: id, monthlyLimit } = payer.autoRecharge()
  if (!enabled || ledger.balance >= threshold || profile.closed) return false
  const pack = billing.packs.find((one) => one.id === id)
  if (pack === undefined) {
    stopRecharge(account, 'pack_gone')
    return true
  }
  if (isHeldBack(payments, pack, monthlyLimit, billing)) return false
  return payments.beginRecharge(paymentFor(pack, billing))
}

/**
 * Recharges where a create was rejected because the balance does not cover it: what held the last
 * recharge back may be over. Call it outside the transaction that was rolled back.
 */
export function rechargeAfter(account: AccountContext, outcome: Outcome<unknown>): void {
  if (!('rejection' in outcome) || outcome.rejection.code !== 'insufficient_credit') return
  const { ctx, alarm } = account
  if (ctx.storage.transactionSync(() => considerRecharge(account))) alarm.armFor(Date.now())
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
  const late = Date.now() > expiresAt
  // An earlier request may have come through, and been refused, or still be on its way.
  const settled = async (): Promise<string | null | undefined> => {
    const found = await findCharge(stripe, { customer, payment: id, since: createdAt })
    if (found === null) return undefined
    const { intent, status } = found
    if (status === 'succeeded' || status === 'processing') return intent
    // What is not settled by now waits for a payer who is not there.
    const refused = found.refused ?? (late ? status : null)
    return refused === null ? intent : fail(refused, reasonOf(refused))
  }
  if (!enabled || late) {
    // It is not charged any more.
    const before = await settled()
    return before === undefined ? fail('it was not charged in time', 'unreachable') : before
  }
  const name = { region: self.region, account: self.id, payment: id }
  try {
    return await charge(stripe, { name, amount, currency, customer, pack }, card.id)
  } catch (error) {
    const { StripeCardError, StripeIdempotencyError, StripeInvalidRequestError } = Stripe.errors
    if (error instanceof StripeIdempotencyError) {
      // Another card was saved since it was first sent: what counts is what became of that.
      const before = await settled()
      if (before !== undefined) return before
    }
    const refused = error instanceof StripeCardError || error instanceof StripeInvalidRequestError
    if (!refused) throw error
    const { code, decline_code } = error
    return fail(decline_code || code || error.type, reasonOf(code))
  }
}

function reasonOf(code: string | undefined): StopReason {
  return code === 'authentication_required' ? code : 'declined'
}
