/** The full audit of an account's money: every posting is added up again, a page at a time. */

import type { Account } from '../tenant.ts'

/** Pages before it is given up: new postings may come in faster than they are read. */
const MOST_PAGES = 10_000

/** Running sums, and what the postings add up to. */
export type FullAudit = {
  readonly postings: number
  readonly balance: number
  readonly sum: number
  readonly held: number
  readonly heldSum: number
  /** Captured less refunded: as usage reports it, and by the postings. */
  readonly cost: number
  readonly costSum: number
}

/** Edits are accepted between the pages; the sums are those after the last one. */
export async function auditAccount(account: Account): Promise<FullAudit> {
  let [postings, sum, heldSum, costSum, after] = [0, 0, 0, 0, 0]
  for (let pages = 0; pages < MOST_PAGES; pages++) {
    const { next, sums, running } = await account.ledger().auditPage(after)
    postings += sums.postings
    sum += sums.sum
    heldSum += sums.held
    costSum += sums.cost
    if (next === null) return { postings, sum, heldSum, costSum, ...running }
    after = next
  }
  throw new Error(`the audit did not end within ${MOST_PAGES} pages`)
}
