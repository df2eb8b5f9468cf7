/** What the directory of accounts offers over RPC. */

import type { Place } from '../access/keys.ts'

export type Listing = {
  id: string
  name: string
  region: Place
  createdAt: number
  closedAt: number | null
}

export type DirectoryCursor = Pick<Listing, 'createdAt' | 'id'>

/** A page of accounts; `next` is null for the last one. */
export type DirectoryPage = {
  readonly accounts: readonly Listing[]
  readonly next: DirectoryCursor | null
}

export interface DirectoryRpc extends Rpc.DurableObjectBranded {
  /**
   * Begins an account, which is listed once it is {@link opened}. The same reference again returns the
   * account it returned before; one that was not opened yet takes the new name and region.
   */
  reserve(account: Pick<Listing, 'id' | 'name' | 'region'>, reference: string): Promise<Listing>
  /**
   * The account's own object exists, in this region: lists it.
   * @returns false if another call gave the account another region meanwhile
   */
  opened(account: Pick<Listing, 'id' | 'region'>): Promise<boolean>
  /**
   * Gives an account the trial: one to each holder, so many to all on a day (UTC). The same account and
   * holder again get the same answer, unless it was that none were left.
   *
   * @param holder who may have one, as a digest
   */
  trial(account: string, holder: string, perDay: number): Promise<boolean>
  /** A page of those that were opened, oldest first, after `cursor`. */
  list(limit: number, cursor: DirectoryCursor | null): Promise<DirectoryPage>
  get(id: string): Promise<Listing | null>
  close(id: string): Promise<void>
}
