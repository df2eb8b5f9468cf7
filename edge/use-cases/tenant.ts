/** Who calls, and the objects that hold what is theirs. Knows no HTTP. */

import type { Credential, Peppers } from '../access/keys.ts'
import type { accountObject, editObject } from '../objects/names.ts'
import type { Authority } from '../rpc/account/keys.ts'

/** The caller of a request and what they may do; only the account knows their balance. */
export type Caller = Omit<Authority, 'key'> & {
  /** The key that pays; null for an owner in the console, who creates no edits there. */
  readonly key: Authority['key'] | null
  readonly credential: Credential
}

/** The account's object, to be called from the Worker. */
export type Account = ReturnType<typeof accountObject>

/** A caller with their account and their edits. */
export type Tenant = {
  readonly caller: Caller
  readonly account: Account
  readonly edit: (id: string) => ReturnType<typeof editObject>
  /** They show whether an id is ours: any other id is rejected without a Durable Object call. */
  readonly peppers: Peppers
}
