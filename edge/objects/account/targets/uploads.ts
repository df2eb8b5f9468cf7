/** The RPC target of an account's uploads. */

import { RpcTarget } from 'cloudflare:workers'
import type { Once, StoredResponse } from '../../../rpc/account/idempotency.ts'
import type { Upload, UploadsRpc } from '../../../rpc/account/uploads.ts'
import type { Outcome } from '../../../rpc/outcome.ts'
import type { AccountContext } from '../context.ts'
import { createOnce } from './once.ts'

export class UploadsTarget extends RpcTarget implements UploadsRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  create(once: Once | null, response: string, upload: Upload): Outcome<StoredResponse> {
    const { uploads, settings } = this.#account
    const limits = {
      account: { count: settings.MAX_UPLOADS, bytes: settings.MAX_UPLOAD_BYTES },
      client: { count: settings.MAX_CLIENT_UPLOADS, bytes: settings.MAX_CLIENT_UPLOAD_BYTES },
    }
    return createOnce(this.#account, once, response, () => uploads.add(upload, limits))
  }

  get(id: string, client: string | null): Upload | null {
    return this.#account.uploads.get(id, client)
  }
}
