/**
 * The closed half of an edit's life: how it ended, the settlement at its account, the webhooks, and
 * at last the deletion of everything. All of it is repeated until it is acknowledged.
 */

import { resultFolder } from '../../storage/blob-urls.ts'
import type { Settlement } from '../account/ledger.ts'
import { deliverDue } from '../deliver.ts'
import { Deliveries } from '../deliveries.ts'
import { faultPoint } from '../fault-points.ts'
import { accountObject } from '../names.ts'
import type { EditContext } from './context.ts'
import { type EditRow, type EditStatus, type FinalStatus, isOpen } from './state.ts'

/** A settlement that was not acknowledged is repeated after this. */
const SETTLE_AGAIN_MS = 2_000
/** A worker that did not hear of the end may still store a result this long after its deadline. */
const LATE_MS = 120_000

export class Ending {
  readonly #context: EditContext
  readonly #deliveries: Deliveries

  constructor(context: EditContext) {
    this.#context = context
    this.#deliveries = new Deliveries(context.ctx.storage.sql)
  }

  /** The one way into a final state. Says whether this call was the one. */
  end(
    from: readonly EditStatus[],
    status: FinalStatus,
    settlement: Settlement,
    change: Partial<EditRow>,
  ): boolean {
    const { state, events, ctx } = this.#context
    const now = Date.now()
    const final = { ...change, status, settlement, endedAt: now, tokenDigest: null, queue: null }
    if (!state.change(from, { ...final, wakeAt: now })) return false
    events.dropPreviews()
    events.add('status', { status })
    events.close()
    faultPoint('edit.ended', ctx)
    return true
  }

  /** Whatever is due in an edit that is over. */
  async advance(row: EditRow): Promise<void> {
    if (row.settled === 0) await this.#settle(row)
    // Whoever asked for the deletion may not have lived to tell the account.
    if (row.deletedAt !== null) await this.#account(row).remove(row.accepted.id)
    await deliverDue(this.#deliveries, this.#account(row), this.#context.settings)
    const now = Date.now()
    const current = this.#context.state.read()
    if (current === null || current.settled === 0 || this.#deliveries.nextAt() !== null) return
    if (now >= this.#removeAt(current)) await this.#vanish(current)
  }

  /** When it wants to be looked at next. */
  nextAt(row: EditRow): number {
    if (row.settled === 0) return row.wakeAt
    return this.#deliveries.nextAt() ?? this.#removeAt(row)
  }

  /** Deletes photo, result and prompt. A late worker's result goes when the object does. */
  async purge(row: EditRow): Promise<void> {
    const { account, id, image } = row.accepted
    const { BUCKET } = this.#context.env
    const results = await BUCKET.list({ prefix: resultFolder(account, id) })
    await BUCKET.delete([image.key, ...results.objects.map(({ key }) => key)])
    this.#context.events.purge()
    faultPoint('edit.purged', this.#context.ctx)
  }

  async #settle(row: EditRow): Promise<void> {
    const { ctx, state, settings } = this.#context
    const { accepted, status, settlement, result, problem, timings, losses, endedAt } = row
    if (isOpen(status) || settlement === null) throw new Error(`an edit is settled while ${status}`)
    // Should this object die while it asks: not at once again, but soon.
    state.change([status], { wakeAt: Date.now() + SETTLE_AGAIN_MS })
    faultPoint('edit.before-settle', ctx)
    const final = {
      status: status as FinalStatus,
      settlement,
      result,
      problem,
      timings,
      attempts: losses + (status === 'succeeded' ? 1 : 0),
      endedAt: endedAt ?? Date.now(),
    }
    const settled = await this.#account(row).settle(accepted.id, final)
    faultPoint('edit.after-settle', ctx)
    if (settled === null) throw new Error(`account ${accepted.account} does not know the edit`)
    const body = JSON.stringify({
      type: `edit.${status}`,
      timestamp: new Date(final.endedAt).toISOString(),
      data: {
        id: accepted.id,
        status,
        cost: settled.settlement === 'capture' ? accepted.price.amount : 0,
        currency: settings.CURRENCY,
        metadata: row.deletedAt === null ? accepted.metadata : {},
      },
    })
    const id = `msg_${accepted.id.slice('edit_'.length)}`
    for (const endpoint of settled.endpoints)
      this.#deliveries.add({ id, endpoint, type: `edit.${status}`, body })
    state.change([status], { settled: 1 })
  }

  /** The end of retention, or of a deleted edit's last worker. */
  #removeAt(row: EditRow): number {
    const { RETENTION_DAYS, RUN_SECONDS } = this.#context.settings
    return row.deletedAt === null
      ? (row.endedAt ?? 0) + RETENTION_DAYS * 86_400_000
      : Math.max(row.deletedAt, row.runBy ?? 0) + LATE_MS + 1000 * RUN_SECONDS
  }

  /** Nothing is left to do: the account's row is all that remains. */
  async #vanish(row: EditRow): Promise<void> {
    await this.purge(row)
    const { storage } = this.#context.ctx
    await storage.deleteAlarm()
    await storage.deleteAll()
  }

  #account({ accepted }: EditRow) {
    return accountObject(this.#context.env, accepted.region, accepted.account)
  }
}
