/**
 * Admitting and accepting edits that one request makes: all of them, or none. What is wrong with the
 * money or the limits is said of the first edit that is too many.
 */

import { EditError } from '../../../../shared/errors.ts'
import type {
  AcceptBatchRequest,
  AcceptedBatch,
  AdmitBatchRequest,
  BatchAdmission,
  Placed,
} from '../../../rpc/account/edits.ts'
import type { Authority } from '../../../rpc/account/keys.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import { laneOf } from '../../../rpc/provider.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { HAND_OVER_AGAIN_MS } from '../edit-index.ts'
import { rechargeAfter } from '../payments/recharge.ts'
import { post } from './accept.ts'
import { authorityOf, checkOpen } from './admit.ts'

/** Ids have no spaces. A single edit's response is its id. */
const BETWEEN_IDS = ' '

/** As for one edit: counted whatever becomes of it, and nothing held but the lease. */
export function admitBatch(
  account: AccountContext,
  { credential, once, edits: wanted }: AdmitBatchRequest,
): Outcome<BatchAdmission> {
  const { idempotency, limits, edits, settings, alarm } = account
  const { mode } = credential
  const outcome = outcomeOf((): BatchAdmission => {
    const known = once === null ? null : idempotency.find(once)
    if (known !== null) return { known: known.split(BETWEEN_IDS), rate: null, open: [] }
    const authority = authorityOf(account, credential)
    const rate = limits.countCreate(authority.key, settings.RATE_PER_MINUTE, wanted.length)
    checkOpen(account, mode, wanted.length)
    checkMoney(account, authority, wanted)
    if (once !== null) {
      idempotency.lease(once)
      alarm.arm()
    }
    const lane = laneOf(mode, authority.client)
    return { known, rate, open: wanted.map(({ model }) => edits.openIn(lane, model)) }
  })
  rechargeAfter(account, outcome)
  return outcome
}

/** Response under its Idempotency-Key, limits, holds, rows and outbox of all edits: all or nothing. */
export function acceptBatch(
  account: AccountContext,
  { credential, once, edits: wanted }: AcceptBatchRequest,
): Outcome<AcceptedBatch> {
  const { ctx, alarm, edits, handOvers, idempotency, ledger } = account
  let warned = false
  const outcome = outcomeOf((): AcceptedBatch => {
    const known = once === null ? null : idempotency.find(once)
    if (known !== null)
      return { ids: known.split(BETWEEN_IDS), replayed: true, balance: ledger.balance }
    const authority = authorityOf(account, credential)
    const ids = wanted.map(({ accepted }) => accepted.id)
    ctx.storage.transactionSync(() => {
      // Other creates may have been accepted since this batch was admitted.
      checkOpen(account, credential.mode, wanted.length)
      checkMoney(
        account,
        authority,
        wanted.map(({ accepted, pointer }) => ({ price: accepted.price.amount, pointer })),
      )
      for (const { accepted, summary } of wanted) {
        const one = { credential, once: null, counted: true, accepted, summary }
        warned = post(account, one, authority) || warned
      }
      if (once !== null) idempotency.store(once, ids.join(BETWEEN_IDS))
    })
    for (const { accepted } of wanted) edits.opened(accepted)
    return { ids, replayed: false, balance: ledger.balance }
  })
  const fresh = 'value' in outcome && !outcome.value.replayed
  if (fresh) alarm.armFor(Date.now() + (warned ? 0 : HAND_OVER_AGAIN_MS))
  rechargeAfter(account, outcome)
  faultPoint('account.accepted', ctx)
  if (fresh) for (const id of outcome.value.ids) handOvers.soon(id)
  return outcome
}

/** @throws EditError `insufficient_credit`, `spend_limit` */
function checkMoney(
  { ledger, limits }: AccountContext,
  authority: Authority,
  wanted: readonly Placed<{ readonly price: number }>[],
): void {
  let sum = 0
  for (const [index, { price, pointer }] of wanted.entries()) {
    sum += price
    try {
      ledger.check(sum, index + 1)
      limits.check(authority, sum, index + 1)
    } catch (error) {
      throw error instanceof EditError && pointer !== '' ? error.within(pointer) : error
    }
  }
}
