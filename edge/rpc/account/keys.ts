/** An account's keys and client tokens, as its Durable Object offers them. */

import type { ModelName } from '../../../shared/models.ts'
import type { Mode, Scope } from '../../access/keys.ts'
import type { Outcome } from '../outcome.ts'
import type { Once, StoredResponse } from './idempotency.ts'

/** A key as its account shows it. */
export type KeyRow = {
  id: string
  /** The key that created it; null for a key of the operator's. */
  parent: string | null
  mode: Mode
  name: string
  scopes: string
  ratePerMinute: number | null
  spendPerMonth: number | null
  month: string
  spent: number
  createdAt: number
  expiresAt: number | null
  revokedAt: number | null
}

/** A client token as its account shows it. `edits` is how many are left. */
export type ClientRow = {
  id: string
  mode: Mode
  key: string
  name: string
  expiresAt: number
  edits: number
  maxSpend: number | null
  spent: number
  maxSteps: number | null
  models: string | null
  origins: string | null
  createdAt: number
  revokedAt: number | null
}

/** What a valid credential may do now. */
export type Authority = {
  /** The account key that pays: itself, or the client token's parent. */
  readonly key: string
  readonly client: string | null
  readonly scopes: readonly Scope[]
  /** Models that account and client token allow; null where any may be used. */
  readonly models: readonly ModelName[] | null
  readonly maxSteps: number | null
  /** Origins of pages that may use it; null where any may. */
  readonly origins: readonly string[] | null
}

export type NewKey = Pick<
  KeyRow,
  'id' | 'parent' | 'mode' | 'name' | 'ratePerMinute' | 'spendPerMonth'
> & {
  readonly hash: string
  readonly scopes: readonly Scope[]
  readonly expiresAt: number | null
}

export type NewClient = Pick<
  ClientRow,
  'id' | 'mode' | 'key' | 'name' | 'expiresAt' | 'edits' | 'maxSpend' | 'maxSteps'
> & {
  readonly hash: string
  readonly models: readonly ModelName[] | null
  readonly origins: readonly string[] | null
}

/** A key's rate limit and what is left of it. `reset` is seconds until the window ends. */
export type CreateLimit = {
  readonly limit: number
  readonly remaining: number
  readonly reset: number
}

/** `account.keys()` */
export interface KeysRpc extends Rpc.RpcTargetBranded {
  create(once: Once | null, response: string, key: NewKey): Outcome<StoredResponse>
  list(): KeyRow[]
  /**
   * Revokes a key, and with it the keys and client tokens that it created.
   *
   * @param modes what the caller may revoke: test keys touch nothing live
   */
  revoke(id: string, modes: readonly Mode[]): Outcome<void>
}

/** `account.clientTokens()` */
export interface ClientTokensRpc extends Rpc.RpcTargetBranded {
  create(once: Once | null, response: string, client: NewClient): Outcome<StoredResponse>
  list(): ClientRow[]
  revoke(id: string, modes: readonly Mode[]): Outcome<void>
}
