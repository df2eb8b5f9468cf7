/** The RPC target of an account's money. */

import { RpcTarget } from 'cloudflare:workers'
import type { AuditPage, LedgerRpc, UsageGroup, UsageLine } from '../../../rpc/account/ledger.ts'
import { outcomeOf } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'

export class LedgerTarget extends RpcTarget implements LedgerRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  topup(amount: number, reference: string) {
    const { ctx, ledger } = this.#account
    return outcomeOf(() =>
      ctx.storage.transactionSync(() => {
        ledger.topup(amount, reference)
        return { balance: ledger.balance }
      }),
    )
  }

  refund(edit: string, reference: string) {
    const { ctx, ledger } = this.#account
    return outcomeOf(() =>
      ctx.storage.transactionSync(() => {
        const { amount } = ledger.refund(edit, reference)
        return { amount, balance: ledger.balance }
      }),
    )
  }

  auditPage(after: number): AuditPage {
    return this.#account.ledger.auditPage(after)
  }

  usage(from: number, to: number, by: UsageGroup): UsageLine[] {
    return this.#account.ledger.usage(from, to, by)
  }
}
