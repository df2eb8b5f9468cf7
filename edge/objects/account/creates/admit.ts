/** Admitting a create: it is counted and checked before anything is read, fetched or stored for it. */

import { EditError } from '../../../../shared/errors.ts'
import type { Credential, Mode } from '../../../access/keys.ts'
import type { Admission, AdmitRequest } from '../../../rpc/account/edits.ts'
import type { Authority } from '../../../rpc/account/keys.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import { laneOf } from '../../../rpc/provider.ts'
import type { AccountContext } from '../context.ts'
import { rechargeAfter } from '../payments/recharge.ts'

/** No transaction: what is rejected is counted all the same. */
export function admit(
  account: AccountContext,
  { credential, once, lease, price, model }: AdmitRequest,
): Outcome<Admission> {
  const { idempotency, limits, ledger, edits, settings, alarm } = account
  const { mode } = credential
  const outcome = outcomeOf((): Admission => {
    const known = once === null ? null : idempotency.find(once)
    if (known !== null) return { known, rate: null, open: 0 }
    const authority = authorityOf(account, credential)
    const rate = limits.countCreate(authority.key, settings.RATE_PER_MINUTE)
    checkOpen(account, mode)
    ledger.check(price)
    limits.check(authority, price)
    if (once !== null && lease) {
      idempotency.lease(once)
      alarm.arm()
    }
    return { known, rate, open: edits.openIn(laneOf(mode, authority.client), model) }
  })
  rechargeAfter(account, outcome)
  return outcome
}

/** Seconds after which one of an account's open edits may have ended. */
const RETRY_SECONDS = 5

/** Edits of a mode that an account may have open. */
export function mostOpen({ settings }: AccountContext, mode: Mode): number {
  return mode === 'test' ? settings.MAX_OPEN_TEST_EDITS : settings.MAX_OPEN_EDITS
}

/** @throws EditError `rate_limited` where the account cannot have so many more open edits */
export function checkOpen(account: AccountContext, mode: Mode, more = 1): void {
  const most = mostOpen(account, mode)
  const open = account.edits.open(mode)
  if (open + more <= most) return
  const what = mode === 'test' ? 'open edits of test keys' : 'open edits'
  throw new EditError('rate_limited', `the account has ${open} ${what}; the limit is ${most}`, {
    retryAfter: RETRY_SECONDS,
  })
}

/** @throws EditError `unauthenticated`, `forbidden` */
export function authorityOf(
  { profile, keyring }: AccountContext,
  credential: Credential,
): Authority {
  const account = profile.read()
  const authority = keyring.authority(credential)
  if (account === null || account.closedAt !== null || authority === null)
    throw new EditError('unauthenticated', 'the key is no longer valid')
  if (!authority.scopes.includes('edits:write'))
    throw new EditError('forbidden', 'the key lacks the scope edits:write')
  return authority
}
