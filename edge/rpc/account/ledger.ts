/** An account's money, as its Durable Object offers it. Amounts are micro-units. */

import type { Outcome } from '../outcome.ts'

/** How a hold ends: paid, or given back. */
export type Settlement = 'capture' | 'release'

/** Who pays: the account key, and the client token the request came with. */
export type Payer = { readonly key: string; readonly client: string | null }

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

/** The balance row beside the sum of the postings. They differ only if we have a bug. */
export type Audit = { readonly balance: number; readonly sum: number; readonly held: number }

/** `account.ledger()` */
export interface LedgerRpc extends Rpc.RpcTargetBranded {
  /** Adds money. The same reference again changes nothing. */
  topup(amount: number, reference: string): Outcome<{ readonly balance: number }>
  /** Gives a captured price back, at most once per edit. */
  refund(
    edit: string,
    reference: string,
  ): Outcome<{ readonly amount: number; readonly balance: number }>
  usage(from: number, to: number, by: 'day' | 'key' | 'client'): UsageLine[]
}
