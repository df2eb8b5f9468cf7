/**
 * Posts what Stripe knows of a payment. Each posting names an object of Stripe's and is made once, so
 * facts may be learned in any order, twice, late, or from a look that was overtaken by another.
 */

import type { PaymentFacts } from '../../../outbound/stripe/facts.ts'
import { STRIPE_REFERENCE } from '../../../rpc/account/ledger.ts'
import type { Learned, PaymentRow } from '../../../rpc/account/payments.ts'
import type { AccountContext } from '../context.ts'
import type { Source } from '../ledger.ts'
import { warnOfLowBalance } from '../targets/messages.ts'
import { stopRecharge } from './stop.ts'

/** Call it in a transaction. */
export function learn(account: AccountContext, facts: PaymentFacts): Learned {
  const { payments, payer, ledger } = account
  const payment = payments.get(facts.payment)
  if (payment === null) return 'unknown'
  const doubt = doubtOf(payment, payer.customer, facts)
  if (doubt !== null) {
    console.error(JSON.stringify({ message: 'payment contradicts', payment: payment.id, doubt }))
    return 'contradicts'
  }
  if (facts.status === 'canceled') payments.end(payment.id, 'failed', 'canceled')
  if (facts.status !== 'succeeded') return 'learned'

  const before = ledger.balance
  const { id, amount, credit } = payment
  const perUnit = credit / amount
  payments.paid(id, facts.intent, facts.receipt)
  // Later looks at an older payment must not bring its card back.
  if (facts.method !== null && payment.state !== 'paid') payer.saveCard(facts.method)
  ledger.record('payment', credit, referenceOf(facts.intent))
  const move = (source: Source, units: number, reference: string) => {
    if (!ledger.record(source, units * perUnit, reference)) return
    payments.returned(id, -units)
    // Whoever takes money back must not be charged for it at once.
    if (units < 0) stopRecharge(account, source === 'dispute' ? 'disputed' : 'refunded')
  }
  for (const refund of facts.refunds) {
    move('refund', -refund.amount, referenceOf(refund.id))
    if (refund.failed) move('refund', refund.amount, `${referenceOf(refund.id)} failed`)
  }
  // What a bank takes may differ from what was paid, by the exchange rate: never more than that.
  for (const moved of facts.disputes)
    move('dispute', Math.max(-amount, Math.min(amount, moved.amount)), referenceOf(moved.id))
  warnOfLowBalance(account, before, ledger.balance)
  return 'learned'
}

/** What of the facts cannot be true of this payment; null where all can. */
function doubtOf(payment: PaymentRow, customer: string | null, facts: PaymentFacts): string | null {
  if (payment.intent !== null && payment.intent !== facts.intent)
    return `${facts.intent} is not ${payment.intent}`
  if (customer !== facts.customer) return `${facts.customer} is not ${customer}`
  if (facts.status !== 'succeeded') return null
  if (facts.currency !== payment.currency.toLowerCase())
    return `${facts.currency} is not ${payment.currency}`
  return facts.received === payment.amount ? null : `${facts.received} is not ${payment.amount}`
}

function referenceOf(id: string): string {
  return `${STRIPE_REFERENCE}${id}`
}
