/**
 * What happens after an edit reached a final state: the settlement with its account, the webhooks,
 * and finally the deletion of everything. Each step is repeated until it is acknowledged.
 */

import type { WebhookMessage } from '../../outbound/webhook-message.ts'
import type { Settlement } from '../../rpc/account/ledger.ts'
import { withoutMetadata } from '../../rpc/edit/accepted.ts'
import { type ClosedEdit, type FinalEdit, isOpenEdit } from '../../rpc/edit/state.ts'
import { withTarget } from '../../rpc/with-target.ts'
import { DAY_MS, EVENTS_MS } from '../../settings/retention.ts'
import { resultFolder } from '../../storage/blob-urls.ts'
import { deliverDue } from '../deliver.ts'
import { Deliveries, endMessageId } from '../deliveries.ts'
import { faultPoint } from '../fault-points.ts'
import type { EditContext } from './context.ts'

/** A settlement that was not acknowledged is repeated after this. */
const SETTLE_AGAIN_MS = 2_000
/** So is a deletion that the bucket did not do. */
const PURGE_AGAIN_MS = 20_000
/** A worker that missed the cancel may still store a result this long after its deadline. */
const LATE_MS = 120_000

/** What the account keeps of how an edit ended. */
function finalOf(edit: ClosedEdit): FinalEdit {
  const { status, settlement, timings, record, losses, endedAt } = edit
  return {
    status,
    settlement,
    timings,
    record,
    endedAt,
    result: edit.status === 'succeeded' ? edit.result : null,
    problem: 'problem' in edit ? edit.problem : null,
    attempts: losses + (status === 'succeeded' ? 1 : 0),
  }
}

export class Ending {
  readonly #context: EditContext
  readonly #deliveries: Deliveries

  constructor(context: EditContext) {
    this.#context = context
    this.#deliveries = new Deliveries(context.ctx.storage.sql)
  }

  /** Does what is due. */
  async advance(ended: ClosedEdit): Promise<void> {
    // Before all else: the account, and receivers of webhooks, may be out of reach for long.
    if (this.#selfRemovalAt(ended) <= Date.now()) this.#markDeleted(ended)
    await this.#purgeIfDue()
    const edit = this.#context.store.read()
    if (edit === null || isOpenEdit(edit)) return
    if (!edit.settled) await this.#settle(edit)
    // The request that deleted the edit may have died before it told the account.
    if (edit.deletedAt !== null)
      await withTarget(this.#account(edit).edits(), (edits) => edits.remove(edit.accepted.id))
    const now = Date.now()
    const message = this.#deliveries.nextAt()
    // To get the target alone would be a call to the account.
    if (message !== null && message <= now)
      await withTarget(this.#account(edit).webhooks(), (webhooks) =>
        deliverDue(this.#deliveries, webhooks, this.#context.settings),
      )
    const current = this.#context.store.read()
    if (current === null || isOpenEdit(current) || !current.settled) return
    if (now >= current.endedAt + EVENTS_MS) this.#context.events.keepLast()
    if (this.#deliveries.nextAt() !== null) return
    if (now >= this.#removeAt(current)) await this.#deleteObject(current)
  }

  /** When {@link advance} is due next. */
  nextAt(edit: ClosedEdit): number {
    const removal = Math.min(this.#selfRemovalAt(edit), this.#purgeAt(edit))
    if (!edit.settled) return Math.min(edit.wakeAt, removal)
    const events = this.#context.events.several
      ? edit.endedAt + EVENTS_MS
      : Number.POSITIVE_INFINITY
    return Math.min(this.#deliveries.nextAt() ?? this.#removeAt(edit), events, removal)
  }

  /**
   * Deletes everything that came with the edit; its account is told when {@link advance} comes next.
   *
   * @throws Error of the bucket; the edit is deleted all the same, and {@link advance} purges it again
   */
  async remove(edit: ClosedEdit): Promise<void> {
    this.#markDeleted(edit)
    await this.#purge(edit)
  }

  /** Purges a deleted edit where the bucket has failed. @returns false if nothing was left to purge */
  async purgeAgain(edit: ClosedEdit): Promise<boolean> {
    if (edit.deletedAt === null || edit.purgedAt !== null) return false
    await this.#purge(edit)
    return true
  }

  #markDeleted(edit: ClosedEdit): void {
    const { ctx, store, events } = this.#context
    store.change([edit.status], {
      accepted: withoutMetadata(edit.accepted),
      deletedAt: edit.deletedAt ?? Date.now(),
      result: null,
      // A detail may quote what was sent.
      ...('problem' in edit && { problem: { ...edit.problem, detail: '' } }),
      wakeAt: Date.now(),
    })
    events.purge()
    this.#deliveries.dropMetadata(edit.accepted.id)
    // In the same commit: should this object die while it purges, the alarm does the rest.
    void ctx.storage.setAlarm(Date.now())
  }

  /** If the bucket fails, the account is told all the same, and the rest goes on. */
  async #purgeIfDue(): Promise<void> {
    const { store } = this.#context
    const edit = store.read()
    if (edit === null || isOpenEdit(edit) || this.#purgeAt(edit) > Date.now()) return
    store.change([edit.status], { wakeAt: Date.now() + PURGE_AGAIN_MS })
    await this.#purge(edit).catch((error: unknown) =>
      console.error(JSON.stringify({ message: 'purge failed', error: String(error) })),
    )
  }

  /** Deletes photo and results. */
  async #purge({ accepted, status }: ClosedEdit): Promise<void> {
    const { account, id, image } = accepted
    const { bucket, store, ctx } = this.#context
    const results = await bucket.list({ prefix: resultFolder(account, id) })
    await bucket.delete([image.key, ...results.objects.map(({ key }) => key)])
    faultPoint('edit.purged', ctx)
    store.change([status], { purgedAt: Date.now() })
  }

  async #settle(edit: ClosedEdit): Promise<void> {
    const { ctx, store } = this.#context
    const { accepted, status } = edit
    // Should this object die during the call, it is repeated soon, but not at once.
    store.change([status], { wakeAt: Date.now() + SETTLE_AGAIN_MS })
    faultPoint('edit.before-settle', ctx)
    const settled = await withTarget(this.#account(edit).edits(), (edits) =>
      edits.settle(accepted.id, finalOf(edit)),
    )
    faultPoint('edit.after-settle', ctx)
    if (settled === null) throw new Error(`account ${accepted.account} has no record of the edit`)
    // Read again: it may have been deleted during the call, and its metadata with it.
    const now = store.read()
    if (now === null || isOpenEdit(now)) throw new Error(`edit ${accepted.id} is no longer closed`)
    const body = this.#message(now, settled.settlement)
    const id = endMessageId(accepted.id)
    for (const endpoint of settled.endpoints)
      this.#deliveries.add({ id, endpoint, type: `edit.${status}`, body })
    store.change([status], { settled: 1 })
  }

  /** The body of the final event. */
  #message({ accepted, status, endedAt }: ClosedEdit, settlement: Settlement): string {
    const message: WebhookMessage = {
      type: `edit.${status}`,
      timestamp: new Date(endedAt).toISOString(),
      data: {
        id: accepted.id,
        status,
        cost: settlement === 'capture' ? accepted.summary.price.amount : 0,
        currency: this.#context.settings.CURRENCY,
        metadata: accepted.summary.metadata,
      },
    }
    return JSON.stringify(message)
  }

  /** When the edit deletes itself because its caller wants that; never, once it is deleted. */
  #selfRemovalAt({ deletedAt, removeBy }: ClosedEdit): number {
    return deletedAt === null && removeBy !== null ? removeBy : Number.POSITIVE_INFINITY
  }

  /** When a deleted edit is purged next: until the bucket has done it, and after its last worker. */
  #purgeAt(edit: ClosedEdit): number {
    if (edit.deletedAt === null) return Number.POSITIVE_INFINITY
    if (edit.purgedAt === null) return edit.wakeAt
    const last = this.#removeAt(edit)
    return edit.purgedAt < last ? Math.max(last, edit.wakeAt) : Number.POSITIVE_INFINITY
  }

  /** The end of retention, or of a deleted edit's last worker. */
  #removeAt(edit: ClosedEdit): number {
    const { RETENTION_DAYS, RUN_SECONDS } = this.#context.settings
    return edit.deletedAt === null
      ? edit.endedAt + RETENTION_DAYS * DAY_MS
      : Math.max(edit.deletedAt, edit.runBy ?? 0) + LATE_MS + 1000 * RUN_SECONDS
  }

  /** Deletes the object; the account's row is all that remains. */
  async #deleteObject(edit: ClosedEdit): Promise<void> {
    await this.#purge(edit)
    const { ctx, store } = this.#context
    await ctx.storage.deleteAlarm()
    await ctx.storage.deleteAll()
    store.forget()
  }

  #account({ accepted }: ClosedEdit) {
    return this.#context.findAccount(accepted.region, accepted.account)
  }
}
