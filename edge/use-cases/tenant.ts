/** Who calls, and the objects that hold what is theirs. Knows no HTTP. */

import type { Credential, Peppers } from '../access/keys.ts'
import type { Authority } from '../objects/account/keyring.ts'
import type { accountObject, editObject } from '../objects/names.ts'

/** The caller of a request, as far as the isolate knows; money is decided by the account. */
export type Caller = Authority & { readonly credential: Credential }

/** The account's object, to be called from the Worker. */
export type Account = ReturnType<typeof accountObject>

/** A caller with their account and their edits. */
export type Tenant = {
  readonly caller: Caller
  readonly account: Account
  readonly edit: (id: string) => ReturnType<typeof editObject>
  /** They prove that an id is ours, so that any other id wakes no object. */
  readonly peppers: Peppers
}
