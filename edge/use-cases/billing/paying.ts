/** Who pays, and what paying needs. Knows no HTTP. */

import type Stripe from 'stripe'
import { EditError } from '../../../shared/errors.ts'
import type { Place } from '../../access/keys.ts'
import type { Once } from '../../rpc/account/idempotency.ts'
import type { Billing, Pack } from '../../settings/billing.ts'
import type { Account } from '../tenant.ts'

/** An account, for which a key or a person who is signed in acts. */
export type Payer = {
  readonly account: Account
  readonly name: { readonly region: Place; readonly account: string }
  /** Where Stripe sends its receipts; null where nobody is known. */
  readonly email: string | null
  /** The request, where it is to be done once. */
  readonly once: (fields: unknown) => Promise<Once | null>
}

export type PayServices = {
  readonly billing: Billing
  readonly stripe: Stripe
  /** Where Stripe's page leads back to. */
  readonly back: (payment: string, outcome: string) => string
}

/** @throws EditError `invalid_option` for a pack that is not sold */
export function packOf({ packs }: Billing, id: string): Pack {
  const pack = packs.find((one) => one.id === id)
  if (pack !== undefined) return pack
  const names = packs.map((one) => one.id).join(', ')
  throw new EditError('invalid_option', `there is no pack ${id}, only ${names}`, {
    pointer: '/pack',
  })
}
