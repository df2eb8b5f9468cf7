/** Looks after open payments: recharges, and pages of Stripe's of which nobody has told us the end. */

import type Stripe from 'stripe'
import { stripeOf } from '../../../outbound/stripe/client.ts'
import { factsOf } from '../../../outbound/stripe/facts.ts'
import type { PaymentRow } from '../../../rpc/account/payments.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { learn } from './learn.ts'
import { considerRecharge, recharge } from './recharge.ts'

/** Asks about those whose time has come, side by side; a new month may begin a recharge. */
export async function followPayments(account: AccountContext): Promise<void> {
  const { ctx, settings, payments } = account
  const { billing } = settings
  if (billing === null) return
  ctx.storage.transactionSync(() => considerRecharge(account))
  await Promise.all(
    payments.due().map(async (payment) => {
      const { id } = payment
      payments.look(payment)
      try {
        await follow(account, stripeOf(billing), payment)
      } catch (error) {
        const message = 'payment not followed'
        console.error(JSON.stringify({ message, payment: id, error: String(error) }))
      }
    }),
  )
}

async function follow(account: AccountContext, stripe: Stripe, payment: PaymentRow): Promise<void> {
  const { ctx } = account
  const find = payment.kind === 'recharge' ? recharge : intentOf
  const intent = await find(account, stripe, payment)
  if (intent === null) return
  const found = await factsOf(stripe, intent)
  faultPoint('account.paid', ctx)
  if (found === null) throw new Error(`${intent} has lost its name`)
  ctx.storage.transactionSync(() => {
    learn(account, found.facts)
    considerRecharge(account)
  })
}

/** What a page of Stripe's has led to; null for nothing yet, or ever. */
async function intentOf(
  { payments }: AccountContext,
  stripe: Stripe,
  { id, session, expiresAt }: PaymentRow,
): Promise<string | null> {
  if (session === null) {
    // Nobody was given the page.
    if (Date.now() > expiresAt) payments.end(id, 'expired', null)
    return null
  }
  const { status, payment_intent } = await stripe.checkout.sessions.retrieve(session)
  if (status === 'expired') payments.end(id, 'expired', null)
  return typeof payment_intent === 'string' ? payment_intent : (payment_intent?.id ?? null)
}
