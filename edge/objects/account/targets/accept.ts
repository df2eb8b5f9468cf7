/** Accepting an edit: one transaction over keys, money, edits and stored responses. */

import type { Accepted, AcceptRequest } from '../../../rpc/account/edits.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import { faultPoint } from '../../fault-points.ts'
import type { AccountContext } from '../context.ts'
import { HAND_OVER_AGAIN_MS } from '../edit-index.ts'
import { authorityOf, checkOpen } from './admit.ts'
import { warnOfLowBalance } from './messages.ts'

/** Response under its Idempotency-Key, limits, hold, row and outbox: all or nothing. */
export function accept(account: AccountContext, request: AcceptRequest): Outcome<Accepted> {
  const { ctx, alarm, handOvers } = account
  const outcome = outcomeOf(() => ctx.storage.transactionSync(() => post(account, request)))
  const fresh = 'value' in outcome && !outcome.value.accepted.replayed
  // A warning is sent at once; nothing else that an accept queues is due before this.
  if (fresh) alarm.armFor(Date.now() + (outcome.value.warned ? 0 : HAND_OVER_AGAIN_MS))
  faultPoint('account.accepted', ctx)
  if (fresh) handOvers.soon(request.accepted.id)
  return 'value' in outcome ? { value: outcome.value.accepted } : outcome
}

function post(
  account: AccountContext,
  { once, accepted, credential, summary }: AcceptRequest,
): { readonly accepted: Accepted; readonly warned: boolean } {
  const { idempotency, ledger, limits, edits, uploads } = account
  const { id, payer } = accepted
  const before = ledger.balance
  const known = once === null ? null : idempotency.find(once)
  if (known !== null)
    return { accepted: { id: known, replayed: true, balance: before }, warned: false }
  const authority = authorityOf(account, credential)
  // Again: other creates may have been accepted since this one was admitted.
  checkOpen(account, credential.mode)
  const price = accepted.price.amount
  ledger.hold(id, price, payer)
  limits.spend(authority, price)
  edits.add(accepted, summary)
  if (accepted.image.upload !== undefined) uploads.use(accepted.image.upload, id)
  if (once !== null) idempotency.store(once, id)
  const warned = warnOfLowBalance(account, before, before - price)
  return { accepted: { id, replayed: false, balance: before - price }, warned }
}
