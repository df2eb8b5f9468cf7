/** The RPC target of an account's payments. */

import { RpcTarget } from 'cloudflare:workers'
import { EditError } from '../../../../shared/errors.ts'
import type { PaymentFacts } from '../../../outbound/stripe/facts.ts'
import type { Once, StoredResponse } from '../../../rpc/account/idempotency.ts'
import type {
  AutoRecharge,
  Learned,
  NewPayment,
  PaymentRow,
  PaymentsRpc,
  RechargeOrder,
} from '../../../rpc/account/payments.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { learn } from '../payments/learn.ts'
import { considerRecharge } from '../payments/recharge.ts'
import { createOnce } from './once.ts'

export class PaymentsTarget extends RpcTarget implements PaymentsRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  begin(once: Once | null, response: string, payment: NewPayment): Outcome<StoredResponse> {
    const { profile, payments } = this.#account
    const open = outcomeOf(() => profile.checkOpen())
    if ('rejection' in open) return open
    return createOnce(this.#account, once, response, () => payments.begin(payment))
  }

  opened(id: string, session: string, url: string): void {
    this.#account.payments.opened(id, session, url)
  }

  customer(created?: string): string | null {
    const { payer } = this.#account
    if (created !== undefined) payer.setCustomer(created)
    return payer.customer
  }

  learn(facts: PaymentFacts): Learned {
    const { ctx, alarm } = this.#account
    const learned = ctx.storage.transactionSync(() => {
      const what = learn(this.#account, facts)
      considerRecharge(this.#account)
      return what
    })
    alarm.arm()
    faultPoint('account.learned', ctx)
    return learned
  }

  expire(id: string, session: string): void {
    const { payments } = this.#account
    if (payments.get(id)?.session === session) payments.end(id, 'expired', null)
  }

  get(id: string): PaymentRow | null {
    return this.#account.payments.get(id)
  }

  list(): PaymentRow[] {
    return this.#account.payments.list()
  }

  autoRecharge(): AutoRecharge {
    return this.#account.payer.autoRecharge()
  }

  setAutoRecharge(order: RechargeOrder | null): Outcome<AutoRecharge> {
    const { ctx, profile, payer, ledger, alarm } = this.#account
    const outcome = outcomeOf(() =>
      ctx.storage.transactionSync(() => {
        if (order === null) payer.stop(null)
        else {
          profile.checkOpen()
          // One recharge might not be enough, and each would begin the next.
          const { balance } = ledger
          if (balance < 0)
            throw new EditError('conflict', `the balance is ${balance}: top up first, above zero`)
          payer.start(order)
          considerRecharge(this.#account)
        }
        return payer.autoRecharge()
      }),
    )
    alarm.arm()
    return outcome
  }
}
