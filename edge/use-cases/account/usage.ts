/** What an account spent between two days. */

import type { UsageGroup, UsageLine } from '../../rpc/account/ledger.ts'
import { DAY_MS } from '../../settings/retention.ts'
import type { Account } from '../tenant.ts'

export type Usage = {
  readonly from: number
  readonly to: number
  readonly lines: readonly UsageLine[]
}

/** Spending by `by`, from the start of day `from` to the end of day `to`: the last 30 days unless given. */
export async function readUsage(
  account: Account,
  by: UsageGroup,
  days: { readonly from?: string | undefined; readonly to?: string | undefined },
): Promise<Usage> {
  const to = days.to === undefined ? Date.now() : Date.parse(days.to) + DAY_MS
  // Days are added up as a whole.
  const from =
    days.from === undefined ? Math.floor(to / DAY_MS - 30) * DAY_MS : Date.parse(days.from)
  return { from, to, lines: await account.ledger().usage(from, to, by) }
}
