/**
 * What an account's Durable Object offers over RPC: itself, and a target per subject. Do not await the
 * target: `account.keys().list()` is pipelined, one round trip for both calls.
 */

import type { ModelName } from '../../../shared/models.ts'
import type { Credential, Place } from '../../access/keys.ts'
import type { EditsRpc } from './edits.ts'
import type { Authority, ClientTokensRpc, KeysRpc } from './keys.ts'
import type { Audit, LedgerRpc } from './ledger.ts'
import type { PaymentsRpc } from './payments.ts'
import type { UploadsRpc } from './uploads.ts'
import type { WebhooksRpc } from './webhooks.ts'

export type AccountRow = {
  id: string
  name: string
  region: Place
  /** JSON array of the origins whose pages may call; empty for any. */
  origins: string
  /** A `balance.low` event is sent when the balance falls below this. */
  lowBalance: number
  /** JSON array of the models that the operator allows; null for all. */
  models: string | null
  createdAt: number
  closedAt: number | null
}

export interface AccountRpc extends Rpc.DurableObjectBranded {
  keys(): KeysRpc
  clientTokens(): ClientTokensRpc
  ledger(): LedgerRpc
  payments(): PaymentsRpc
  edits(): EditsRpc
  uploads(): UploadsRpc
  webhooks(): WebhooksRpc
  /**
   * Creates the account; calling it again changes nothing.
   *
   * @param trial what its balance begins with, in micro-units
   */
  open(account: Pick<AccountRow, 'id' | 'name' | 'region'>, trial?: number): Promise<void>
  /** From now on every key is invalid, and no card is charged; edits that were accepted go on. */
  close(): Promise<void>
  configure(change: { origins?: readonly string[]; lowBalance?: number }): Promise<void>
  /** Which models the account may use from now on; null for all. Edits that were accepted go on. */
  allow(models: readonly ModelName[] | null): Promise<void>
  describe(): Promise<(AccountRow & Audit) | null>
  /** What a credential whose MAC is right may do; null where it is unknown, expired or revoked. */
  authenticate(credential: Credential): Promise<Authority | null>
}
