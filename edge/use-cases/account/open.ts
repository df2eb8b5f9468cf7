/** Opening an account: its own object first, then its place in the directory. */

import { EditError } from '../../../shared/errors.ts'
import type { Place } from '../../access/keys.ts'
import type { directoryObject } from '../../objects/names.ts'
import type { Listing } from '../../rpc/directory.ts'
import { randomName } from '../../secrets.ts'
import type { Account } from '../tenant.ts'

/** The directory, and how an account's object is found. */
export type AccountObjects = {
  readonly directory: Pick<ReturnType<typeof directoryObject>, 'reserve' | 'opened'>
  readonly accountIn: (region: Place, id: string) => Account
  /** Where the bucket is bound to be; undefined for anywhere. */
  readonly bucketIn: 'eu' | undefined
}

/**
 * Opens an account, once: the same reference returns the account that it returned before. Lists it
 * only once it exists; if its region fails, the same reference may name another.
 *
 * @param trialOf what a new account begins with, in micro-units
 * @throws EditError `invalid_option` for a jurisdiction that the bucket is not in; `conflict` where
 * another call gives the account another region
 */
export async function openAccount(
  order: { readonly name: string; readonly region: Place },
  reference: string,
  { directory, accountIn, bucketIn }: AccountObjects,
  trialOf: (account: string) => Promise<number> = async () => 0,
): Promise<{ readonly listing: Listing; readonly account: Account }> {
  if (order.region === 'eu' && bucketIn !== 'eu')
    throw new EditError(
      'invalid_option',
      'region is eu, but BUCKET_JURISDICTION is not: photos and results would leave the EU',
      { pointer: '/region' },
    )
  const listing = await directory.reserve({ id: randomName(12, true), ...order }, reference)
  const account = accountIn(listing.region, listing.id)
  await account.open(listing, await trialOf(listing.id))
  if (!(await directory.opened(listing)))
    throw new EditError(
      'conflict',
      `another request with the reference ${reference} is still in progress`,
    )
  return { listing, account }
}
