/** An account's money, as its Durable Object offers it. Amounts are micro-units. */

import type { Outcome } from '../outcome.ts'

/** References of postings that nobody made by hand; an object of Stripe's follows. */
export const STRIPE_REFERENCE = 'stripe '
export const TRIAL_REFERENCE = 'trial'

/** True for a reference that the operator must not use. */
export function isReserved(reference: string): boolean {
  return reference === TRIAL_REFERENCE || reference.startsWith(STRIPE_REFERENCE)
}

/** How a hold ends: paid, or given back. */
export type Settlement = 'capture' | 'release'

/** Who pays: the account key, and the client token the request came with. */
export type Payer = { readonly key: string; readonly client: string | null }

/** What a line of the usage report is about. */
export const usageGroups = ['day', 'key', 'client', 'model'] as const
export type UsageGroup = (typeof usageGroups)[number]

/** One line of the usage report. */
export type UsageLine = {
  readonly group: string
  readonly edits: number
  readonly captured: number
  readonly released: number
  readonly refunded: number
  /** Captured less refunded, in micro-units. */
  readonly cost: number
}

/** The running sums beside what the postings add up to. They differ only if we have a bug. */
export type Audit = {
  readonly balance: number
  readonly sum: number
  readonly held: number
  readonly heldSum: number
}

/** A page of a full audit: what its postings add up to, and the running sums at that time. */
export type AuditPage = {
  /** Number of its last posting, after which the next page begins; null for the last page. */
  readonly next: number | null
  readonly sums: {
    readonly sum: number
    readonly held: number
    readonly cost: number
    readonly postings: number
  }
  readonly running: { readonly balance: number; readonly held: number; readonly cost: number }
}

/** `account.ledger()` */
export interface LedgerRpc extends Rpc.RpcTargetBranded {
  /** Adds money. The same reference again changes nothing. */
  topup(amount: number, reference: string): Outcome<{ readonly balance: number }>
  /** Gives a captured price back, at most once per edit. */
  refund(
    edit: string,
    reference: string,
  ): Outcome<{ readonly amount: number; readonly balance: number }>
  /** Adds up every posting again, a page at a time. @param after 0, then `next` of the last page */
  auditPage(after: number): AuditPage
  /** Whole days (UTC). */
  usage(from: number, to: number, by: UsageGroup): UsageLine[]
}
