/** The RPC targets of an account's keys and client tokens. */

import { RpcTarget } from 'cloudflare:workers'
import type { Mode } from '../../../access/keys.ts'
import type { Once, StoredResponse } from '../../../rpc/account/idempotency.ts'
import type {
  ClientRow,
  ClientTokensRpc,
  KeyRow,
  KeysRpc,
  NewClient,
  NewKey,
} from '../../../rpc/account/keys.ts'
import { type Outcome, outcomeOf } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'
import { createOnce } from './once.ts'

export class KeysTarget extends RpcTarget implements KeysRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  create(once: Once | null, response: string, key: NewKey): Outcome<StoredResponse> {
    return createOnce(this.#account, once, response, () => this.#account.keyring.addKey(key))
  }

  list(): KeyRow[] {
    return this.#account.keyring.keys()
  }

  revoke(id: string, modes: readonly Mode[]): Outcome<void> {
    return outcomeOf(() => this.#account.keyring.revokeKey(id, modes))
  }
}

export class ClientTokensTarget extends RpcTarget implements ClientTokensRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  create(once: Once | null, response: string, client: NewClient): Outcome<StoredResponse> {
    return createOnce(this.#account, once, response, () => this.#account.keyring.addClient(client))
  }

  list(): ClientRow[] {
    return this.#account.keyring.clients()
  }

  revoke(id: string, modes: readonly Mode[]): Outcome<void> {
    return outcomeOf(() => this.#account.keyring.revokeClient(id, modes))
  }
}
