/** Guards of what comes in from Stripe and goes back. */

import { type Mutants, mutantsOf } from '../mutant.ts'
import { rechargeMutants } from './recharges.ts'

const file = 'objects/account/payments/payments.guards.test.ts'
const event = 'outbound/stripe/event'
const requests = 'outbound/stripe/requests'
const ledger = 'objects/account/ledger'
const learn = 'objects/account/payments/learn'
const payments = 'objects/account/payments/payments'
const recharge = 'objects/account/payments/recharge'
const target = 'objects/account/targets/payments'

const signed = 'an event counts only if one of our secrets'
const amounts = 'what is paid in another amount or currency'
const strangers = "what somebody else paid is not this account's"
const unpaid = 'a payment that is not paid yet'
const trial = 'the trial is given once'
const below = 'below zero, open edits end as they would'
const once = 'a charge of which nobody heard is made once'
const refused = 'a charge that is refused turns auto-recharge off'

/** The random stories of payments find these too, where something is lost. */
const stories: Mutants = Object.fromEntries(
  Object.entries({
    'a charge is made again': {
      file: `edge/${requests}.ts`,
      from: 'metadata: name,\n    },\n    { idempotencyKey: name.payment },',
      to: 'metadata: name,\n    },\n    {},',
    },
    'payments are not followed': {
      file: 'edge/objects/account/account.ts',
      from: 'followPayments(this.#account),\n',
      to: '',
    },
    'a decline of which nobody heard': {
      file: `edge/${recharge}.ts`,
      from: "if (status === 'succeeded' || status === 'processing')",
      to: "if (status !== 'canceled')",
    },
    'a failed refund is forgotten': {
      file: `edge/${learn}.ts`,
      from: 'if (refund.failed) move',
      to: 'if (refund.amount < 0) move',
    },
    'a dispute that is won gives nothing back': {
      file: 'edge/outbound/stripe/facts.ts',
      from: 'disputes.flatMap(movements)',
      to: 'disputes.flatMap(movements).filter((moved) => moved.amount < 0)',
    },
  }).map(([name, mutation]) => [
    name,
    {
      ...mutation,
      by: {
        project: 'property',
        file: 'test/edge/objects/account/payments/payments.property.test.ts',
        test: '',
      },
    },
  ]),
)

export const paymentMutants: Mutants = {
  ...rechargeMutants,
  ...stories,
  ...mutantsOf('guards', file, [
    [
      'the signature of an event',
      event,
      "  throw new EditError(\n    'unauthenticated',",
      "  if (signature !== '') return JSON.parse(body)\n  throw new EditError(\n    'unauthenticated',",
      signed,
    ],
    ['the time of a signature', event, 'TOLERANCE_SECONDS, crypto)', '0, crypto)', signed],
    [
      'an older secret of events',
      event,
      'of billing.webhookSecrets)',
      'of billing.webhookSecrets.slice(0, 1))',
      signed,
    ],
    [
      'the mode of an event',
      'use-cases/billing/events',
      "if (event.livemode !== billing.key.includes('_live_'))",
      "if (billing.key === '')",
      'an event of the other mode',
    ],
    [
      'a posting that is there',
      ledger,
      "'SELECT source, amount FROM ledger WHERE reference = ?'",
      "'SELECT source, amount FROM ledger WHERE reference = ? AND 0'",
      'a payment is posted once',
    ],
    [
      'the amount of a payment',
      learn,
      'return facts.received === payment.amount ? null :',
      'return facts.received > 0 ? null :',
      amounts,
    ],
    [
      'the currency of a payment',
      learn,
      'if (facts.currency !== payment.currency.toLowerCase())',
      "if (facts.currency === '')",
      amounts,
    ],
    [
      'the customer of a payment',
      learn,
      'if (customer !== facts.customer)',
      "if (facts.customer === '')",
      strangers,
    ],
    [
      'a second payment for an order',
      learn,
      'if (payment.intent !== null && payment.intent !== facts.intent)',
      "if (facts.intent === '')",
      strangers,
    ],
    [
      'a payment of nobody',
      learn,
      "if (payment === null) return 'unknown'",
      "if (payment === null) throw new Error('unknown')",
      strangers,
    ],
    [
      'that a payment was paid',
      learn,
      "if (facts.status !== 'succeeded') return 'learned'",
      '',
      unpaid,
    ],
    [
      'whose page has expired',
      target,
      'if (payments.get(id)?.session === session)',
      'if (session !== null)',
      unpaid,
    ],
    [
      'a trial for an account that was there',
      'objects/account/account',
      'if (profile.open(account) && trial > 0)',
      'profile.open(account)\n      if (trial > 0 && ledger.balance === 0)',
      trial,
    ],
    [
      'what a failed refund took',
      learn,
      "    move('refund', -refund.amount, referenceOf(refund.id))",
      "    if (!refund.failed) move('refund', -refund.amount, referenceOf(refund.id))",
      'a refund that failed before',
    ],
    [
      'what failed refunds give back',
      learn,
      'if (refund.failed) move',
      'if (refund.amount < 0) move',
      'a refund and a dispute take back',
    ],
    [
      'the currency of a bank account',
      'outbound/stripe/facts',
      'one.currency === currency ? one.amount :',
      "one.currency !== '' ? one.amount :",
      'a dispute takes its part of the credit',
    ],
    [
      'the most that a bank takes',
      learn,
      'Math.max(-amount, Math.min(amount, moved.amount))',
      'moved.amount',
      'a bank takes no more',
    ],
    [
      'a balance below zero',
      ledger,
      "kind === 'hold' && price > 0 ? 0 : Number.MIN_SAFE_INTEGER",
      '0',
      below,
    ],
    ['what is free below zero', ledger, 'price > 0 && price > balance', 'price > balance', below],
    [
      'payments that nobody told of',
      'objects/account/account',
      'followPayments(this.#account),\n',
      '',
      'payments of which no event came',
    ],
    [
      'how many payments are open',
      payments,
      'if (open >= MAX_OPEN)',
      'if (open >= 1000)',
      'an account has only so many payments',
    ],
    [
      'an Idempotency-Key of a payment',
      target,
      'createOnce(this.#account, once, response',
      'createOnce(this.#account, null, response',
      'an Idempotency-Key begins one payment',
    ],
    [
      'one recharge at a time',
      payments,
      "ON payment (kind) WHERE kind = 'recharge' AND state = 'open'",
      "ON payment (id) WHERE kind = 'recharge' AND state = 'open'",
      'the saved card is charged once',
    ],
    [
      'what is charged in a month',
      'objects/account/payments/month',
      'before + amount > monthlyLimit',
      'before < 0',
      'no more is charged in a month',
    ],
    [
      'the key of a charge',
      requests,
      'metadata: name,\n    },\n    { idempotencyKey: name.payment },',
      'metadata: name,\n    },\n    {},',
      once,
    ],
    ['the last time at which a charge is repeated', recharge, '!enabled || late', '!enabled', once],
    [
      'a charge that came through',
      recharge,
      "if (status === 'succeeded' || status === 'processing') return intent\n",
      '',
      once,
    ],
    [
      'a card that is refused',
      recharge,
      "if (payments.end(id, 'failed', fault)) stopRecharge(account, reason)",
      "payments.end(id, 'failed', fault)",
      refused,
    ],
    [
      'a refund that is charged again',
      learn,
      'if (units < 0) stopRecharge(',
      "if (source === 'dispute') stopRecharge(",
      'nothing is charged again after a',
    ],
    [
      'a dispute that is charged again',
      learn,
      'if (units < 0) stopRecharge(',
      "if (units < 0 && source === 'refund') stopRecharge(",
      'nothing is charged again after a',
    ],
    [
      'a charge after its owner said no',
      recharge,
      '!enabled || late',
      'late',
      'what its owner turned off',
    ],
    [
      'the card of a closed account',
      'objects/account/account',
      'this.#account.payer.stop(null)\n',
      '',
      'the card of an account that is closed',
    ],
    [
      'a mail that was not taken',
      'objects/account/payments/payer',
      '? + (? << mailTries) END',
      '? + 86400000000 + 0 * (? << mailTries) END',
      'an owner is mailed once',
    ],
    [
      'a mail about what is on again',
      'objects/account/payments/payer',
      'stopped = NULL, mailAt = NULL,',
      'stopped = stopped,',
      'an owner is mailed once',
    ],
    [
      'an older card',
      learn,
      "if (facts.method !== null && payment.state !== 'paid')",
      'if (facts.method !== null)',
      'a look at an older payment',
    ],
  ]),
}
