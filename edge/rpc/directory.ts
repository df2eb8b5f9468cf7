/** What the directory of accounts offers over RPC. */

import type { Place } from '../access/keys.ts'

export type Listing = {
  id: string
  name: string
  region: Place
  createdAt: number
  closedAt: number | null
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
  /** Those that were opened. */
  list(): Promise<Listing[]>
  get(id: string): Promise<Listing | null>
  close(id: string): Promise<void>
}
