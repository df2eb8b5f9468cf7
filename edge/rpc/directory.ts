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
  /** Adds an account. The same reference again returns the account it returned before. */
  add(account: Omit<Listing, 'closedAt' | 'createdAt'>, reference: string): Promise<Listing>
  list(): Promise<Listing[]>
  get(id: string): Promise<Listing | null>
  close(id: string): Promise<void>
}
