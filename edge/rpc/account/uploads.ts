/** An account's uploads, as its Durable Object offers them. */

import type { Outcome } from '../outcome.ts'
import type { Once, StoredResponse } from './idempotency.ts'

export type Upload = {
  id: string
  client: string | null
  contentType: string
  bytes: number
  expiresAt: number
}

/** `account.uploads()` */
export interface UploadsRpc extends Rpc.RpcTargetBranded {
  create(once: Once | null, response: string, upload: Upload): Outcome<StoredResponse>
  /** The upload, if this caller may use it: a client token sees its own, an account key all. */
  get(id: string, client: string | null): Upload | null
}
