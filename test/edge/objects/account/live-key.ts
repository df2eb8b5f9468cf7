/** A live key that may create edits, without limits. */

import type { NewKey } from '../../../../edge/rpc/account/keys.ts'

export function liveKey(id: string, hash: string): NewKey {
  return {
    id,
    hash,
    parent: null,
    mode: 'live',
    name: '',
    scopes: ['edits:write'],
    ratePerMinute: null,
    spendPerMonth: null,
    expiresAt: null,
  }
}
