/** Turning auto-recharge on and off. */

import { EditError } from '../../../shared/errors.ts'
import type { AutoRecharge, RechargeOrder } from '../../rpc/account/payments.ts'
import { unwrap } from '../../rpc/outcome.ts'
import type { Billing } from '../../settings/billing.ts'
import { type Payer, packOf } from './paying.ts'

/** @throws EditError `invalid_option`; `conflict` where no card is saved, the balance is below zero or the account is closed */
export async function setAutoRecharge(
  { account, email }: Payer,
  order: Omit<RechargeOrder, 'email'> | null,
  billing: Billing,
): Promise<AutoRecharge> {
  if (order !== null) {
    const { credit } = packOf(billing, order.pack)
    // One recharge has to be enough, or each would begin the next.
    if (order.threshold > credit)
      throw new EditError(
        'invalid_option',
        `the threshold ${order.threshold} is more than the pack's credit of ${credit}`,
        { pointer: '/threshold' },
      )
  }
  const told = order === null ? null : { ...order, email }
  return unwrap(await account.payments().setAutoRecharge(told))
}
