/** An account's payments, as its Durable Object offers them. Amounts are in the currency's smallest unit. */

import type { Card, PaymentFacts } from '../../outbound/stripe/facts.ts'
import type { Outcome } from '../outcome.ts'
import type { Once, StoredResponse } from './idempotency.ts'

/** A payment is open until Stripe says how it ended. */
export type PaymentState = 'open' | 'paid' | 'failed' | 'expired'

/** A payment as its account shows it. */
export type PaymentRow = {
  id: string
  /** Made on a page of Stripe's, or by auto-recharge. */
  kind: 'checkout' | 'recharge'
  state: PaymentState
  pack: string
  amount: number
  currency: string
  /** Micro-units that the balance gets. */
  credit: number
  /** Stripe's objects. */
  session: string | null
  intent: string | null
  /** Where it can be paid until {@link expiresAt}. */
  url: string | null
  receipt: string | null
  /** What was given back of {@link amount}, by refunds and disputes. */
  returned: number
  /** Why it failed. */
  fault: string | null
  createdAt: number
  expiresAt: number
}

export type NewPayment = Pick<PaymentRow, 'id' | 'pack' | 'amount' | 'currency' | 'credit'>

/** Why auto-recharge was turned off by itself. */
export type StopReason =
  | 'declined'
  | 'authentication_required'
  | 'unreachable'
  | 'pack_gone'
  | 'refunded'
  | 'disputed'

/** Whether and how the account pays by itself. */
export type AutoRecharge = {
  readonly enabled: boolean
  /** Micro-units. */
  readonly threshold: number
  readonly pack: string | null
  /** Micro-units that are charged in a calendar month (UTC) at most; null for any number. */
  readonly monthlyLimit: number | null
  readonly card: Card | null
  readonly stopped: StopReason | null
}

/** When to recharge, and with what. */
export type RechargeOrder = {
  readonly threshold: number
  readonly pack: string
  readonly monthlyLimit: number | null
  /** Who is told when it is turned off; null leaves it as it is. */
  readonly email: string | null
}

/** What became of facts: posted, or not this account's payment. */
export type Learned = 'learned' | 'unknown' | 'contradicts'

/** `account.payments()` */
export interface PaymentsRpc extends Rpc.RpcTargetBranded {
  /**
   * Begins a payment on a page of Stripe's, once. Rejected: `conflict` where the account is closed,
   * `rate_limited` where many are open.
   *
   * @param response as stored under `once`
   */
  begin(once: Once | null, response: string, payment: NewPayment): Outcome<StoredResponse>
  /** The page is there. */
  opened(id: string, session: string, url: string): void
  /** Who the account is at Stripe; the first that is stored stays. Null where none is. */
  customer(created?: string): string | null
  /** Posts what is new of what Stripe knows of a payment. */
  learn(facts: PaymentFacts): Learned
  /** A page was not paid in time. Of another payment's, nothing is believed. */
  expire(id: string, session: string): void
  get(id: string): PaymentRow | null
  /** Newest first, at most 100. */
  list(): PaymentRow[]
  autoRecharge(): AutoRecharge
  /** Rejected: `conflict` where no card is saved, the balance is below zero or the account is closed. */
  setAutoRecharge(order: RechargeOrder | null): Outcome<AutoRecharge>
}
