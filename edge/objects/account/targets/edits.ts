/** The RPC target of an account's edits. */

import { RpcTarget } from 'cloudflare:workers'
import type {
  AcceptBatchRequest,
  Accepted,
  AcceptedBatch,
  AcceptRequest,
  Admission,
  AdmitBatchRequest,
  AdmitRequest,
  BatchAdmission,
  EditsRpc,
  IndexedEdit,
  IndexedPage,
  Settled,
} from '../../../rpc/account/edits.ts'
import type { Once } from '../../../rpc/account/idempotency.ts'
import type { FinalEdit } from '../../../rpc/edit/state.ts'
import type { Outcome } from '../../../rpc/outcome.ts'
import { faultPoint } from '../../fault-points.ts'
import { findEdit, listEdits } from '../archive/old-edits.ts'
import type { AccountContext } from '../context.ts'
import { accept } from '../creates/accept.ts'
import { acceptBatch, admitBatch } from '../creates/accept-batch.ts'
import { admit } from '../creates/admit.ts'
import { removeEdit } from './remove.ts'
import { settle } from './settle.ts'

export class EditsTarget extends RpcTarget implements EditsRpc {
  readonly #account: AccountContext

  constructor(account: AccountContext) {
    super()
    this.#account = account
  }

  admit(request: AdmitRequest): Outcome<Admission> {
    return admit(this.#account, request)
  }

  releaseLease(once: Once): void {
    this.#account.idempotency.release(once)
  }

  accept(request: AcceptRequest): Outcome<Accepted> {
    return accept(this.#account, request)
  }

  admitBatch(request: AdmitBatchRequest): Outcome<BatchAdmission> {
    return admitBatch(this.#account, request)
  }

  acceptBatch(request: AcceptBatchRequest): Outcome<AcceptedBatch> {
    return acceptBatch(this.#account, request)
  }

  async handOver(id: string): Promise<boolean> {
    const { edits, handOvers } = this.#account
    // An archived edit was handed over long ago.
    if (edits.get(id) !== null) await handOvers.now(id)
    return edits.outboxOf(id) === null
  }

  settle(id: string, final: FinalEdit): Settled | null {
    const { ctx, alarm } = this.#account
    const settled = ctx.storage.transactionSync(() => settle(this.#account, id, final))
    faultPoint('account.settled', ctx)
    alarm.arm()
    return settled
  }

  get(id: string): Promise<IndexedEdit | null> {
    return findEdit(this.#account, id)
  }

  list(...query: Parameters<EditsRpc['list']>): Promise<IndexedPage> {
    return listEdits(this.#account, ...query)
  }

  remove(id: string): Promise<boolean> {
    return removeEdit(this.#account, id)
  }
}
