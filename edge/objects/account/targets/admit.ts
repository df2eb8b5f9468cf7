/** Admitting a create: it is counted and checked before anything is read, fetched or stored for it. */

import { EditError } from '../../../../shared/errors.ts'
import type { Credential } from '../../../access/keys.ts'
import type { Admission, AdmitRequest } from '../../../rpc/account/edits.ts'
import type { Authority } from '../../../rpc/account/keys.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'

/** No transaction: what is rejected is counted all the same. */
export function admit(
  account: AccountContext,
  { credential, once, lease, price }: AdmitRequest,
): Outcome<Admission> {
  const { idempotency, limits, ledger, settings, alarm } = account
  return outcomeOf(() => {
    const known = once === null ? null : idempotency.find(once)
    if (known !== null) return { known, rate: null }
    const authority = authorityOf(account, credential)
    const rate = limits.countCreate(authority.key, settings.RATE_PER_MINUTE)
    ledger.check(price)
    limits.check(authority, price)
    if (once !== null && lease) {
      idempotency.lease(once)
      alarm.arm()
    }
    return { known, rate }
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
