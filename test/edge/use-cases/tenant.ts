/** Tenants without HTTP: an account's object, a key of it, and the bucket. */

import { type Mode, mintKey, scopes } from '../../../edge/access/keys.ts'
import { accountObject, editObject } from '../../../edge/objects/names.ts'
import { randomName } from '../../../edge/secrets.ts'
import type { Tenant } from '../../../edge/use-cases/tenant.ts'
import { bindings, settings } from '../app.ts'

/** A new account with a balance in micro-units, and the caller of a key of it. */
export async function openTenant(
  balance: number,
  mode: Mode = 'live',
  ratePerMinute: number | null = null,
): Promise<Tenant> {
  const peppers = settings().KEY_PEPPERS
  const id = randomName(12, true)
  const account = accountObject(bindings, 'auto', id)
  await account.open({ id, name: 'test', region: 'auto' })
  if (balance > 0) await account.ledger().topup(balance, 'opening balance')
  const { credential } = await mintKey({ kind: 'key', mode, region: 'auto', account: id }, peppers)
  await account.keys().create(null, 'not read', {
    mode,
    scopes,
    id: credential.id,
    hash: credential.hash,
    parent: null,
    name: 'test',
    ratePerMinute,
    spendPerMonth: null,
    expiresAt: null,
  })
  const authority = await account.authenticate(credential)
  if (authority === null) throw new Error('the new key is not valid')
  return {
    account,
    peppers,
    caller: { ...authority, credential },
    edit: (edit) => editObject(bindings, 'auto', id, edit),
  }
}

/** Keys of the photos that the account has in the bucket. */
export async function photosOf({ caller }: Tenant): Promise<string[]> {
  const prefix = `acct/${caller.credential.account}/in/`
  const { objects } = await bindings.BUCKET.list({ prefix })
  return objects.map(({ key }) => key)
}

/** What can be spent, and what is held. */
export async function moneyOf({ account }: Tenant): Promise<{ balance: number; held: number }> {
  const described = await account.describe()
  if (described === null) throw new Error('there is no such account')
  return { balance: described.balance, held: described.held }
}
