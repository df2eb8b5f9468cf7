/** Accepting an edit: one transaction over keys, money, edits and stored responses. */

import type { Accepted, AcceptRequest, Standing } from '../../../rpc/account/edits.ts'
import type { Authority, CreateLimit } from '../../../rpc/account/keys.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import { laneOf } from '../../../rpc/provider.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { HAND_OVER_AGAIN_MS } from '../edit-index.ts'
import { considerRecharge, rechargeAfter } from '../payments/recharge.ts'
import { warnOfLowBalance } from '../targets/messages.ts'
import { authorityOf, checkOpen, mostOpen } from './admit.ts'

/** Response under its Idempotency-Key, limits, hold, row and outbox: all or nothing. */
export function accept(account: AccountContext, request: AcceptRequest): Outcome<Accepted> {
  const { ctx, alarm, edits, handOvers, idempotency, ledger, limits, settings } = account
  let dueNow = false
  const outcome = outcomeOf((): Accepted => {
    const { once, credential, counted } = request
    const known = once === null ? null : idempotency.find(once)
    if (known !== null) {
      const { balance } = ledger
      return { id: known, replayed: true, balance, rate: null, standing: null }
    }
    const authority = authorityOf(account, credential)
    // Outside the transaction: what is rejected is counted all the same.
    const rate = counted ? null : limits.countCreate(authority.key, settings.RATE_PER_MINUTE)
    dueNow = ctx.storage.transactionSync(() => post(account, request, authority))
    edits.opened(request.accepted)
    const { balance } = ledger
    const standing = standingOf(account, request, authority, rate, balance)
    return { id: request.accepted.id, replayed: false, balance, rate, standing }
  })
  const fresh = 'value' in outcome && !outcome.value.replayed
  // A warning is sent, and a card charged, at once; nothing else that an accept queues is due before this.
  if (fresh) alarm.armFor(Date.now() + (dueNow ? 0 : HAND_OVER_AGAIN_MS))
  rechargeAfter(account, outcome)
  faultPoint('account.accepted', ctx)
  if (fresh) handOvers.soon(request.accepted.id)
  return outcome
}

/** Call it in a transaction. @returns true if a warning of the low balance was queued, or a recharge begun */
export function post(
  account: AccountContext,
  { once, accepted, credential, summary }: AcceptRequest,
  authority: Authority,
): boolean {
  const { idempotency, ledger, limits, edits, uploads } = account
  const { id, payer } = accepted
  const before = ledger.balance
  // Other creates may have been accepted since this one was admitted.
  checkOpen(account, credential.mode)
  const price = accepted.price.amount
  ledger.hold(id, price, payer, accepted.model)
  limits.spend(authority, price)
  edits.add(accepted, summary)
  if (accepted.image.upload !== undefined) uploads.use(accepted.image.upload, id)
  if (once !== null) idempotency.store(once, id)
  const warned = warnOfLowBalance(account, before, before - price)
  return considerRecharge(account) || warned
}

/** How the caller stands after an accept. */
function standingOf(
  account: AccountContext,
  { credential, accepted }: AcceptRequest,
  authority: Authority,
  rate: CreateLimit | null,
  balance: number,
): Standing {
  const { limits, edits } = account
  const { mode } = credential
  const left = limits.left(authority)
  return {
    money: Math.min(balance, left.money),
    // Where an earlier call counted, it is not known here how many are left.
    creates: Math.min(rate?.remaining ?? 1, left.edits),
    mayOpen: mostOpen(account, mode) - edits.open(mode),
    open: edits.openIn(laneOf(mode, authority.client), accepted.model),
  }
}
