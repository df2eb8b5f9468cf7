/**
 * One edit from acceptance to deletion, in an object of its own: dispatched, polled, settled,
 * deleted. One alarm drives it, and so do the worker's events.
 */

import { DurableObject } from 'cloudflare:workers'
import { EditError } from '../../../shared/errors.ts'
import type { RunEvent } from '../../../shared/run.ts'
import type { Bindings } from '../../bindings.ts'
import type { AcceptedEdit } from '../../rpc/edit/accepted.ts'
import type { EditReading, EditRpc, EventOutcome } from '../../rpc/edit/edit.ts'
import { type EditState, isOpenEdit, openStatuses } from '../../rpc/edit/state.ts'
import { type Outcome, outcomeOf } from '../../rpc/outcome.ts'
import { digest, sameSecret } from '../../secrets.ts'
import { FETCHED_MS } from '../../settings/retention.ts'
import { deliveryTables } from '../deliveries.ts'
import { faultPoint } from '../fault-points.ts'
import { hasTable, migrate } from '../sql.ts'
import { advance, cancel } from './attempt/attempt.ts'
import { askToGiveWay } from './attempt/give-way.ts'
import { applyEvent } from './attempt/run-events.ts'
import { type EditContext, openEdit } from './context.ts'
import { Ending } from './ending.ts'
import { eventTables } from './events.ts'
import {
  editTables,
  failuresColumn,
  giveWayColumns,
  jobIdColumn,
  purgedAtColumn,
  recordColumn,
  removeByColumn,
  shardColumn,
  submittedAtColumn,
  wholeEditTable,
} from './row.ts'

/** Steps are only ever added. */
export const editSchema = [
  [...editTables, ...eventTables, ...deliveryTables],
  submittedAtColumn,
  jobIdColumn,
  failuresColumn,
  recordColumn,
  giveWayColumns,
  shardColumn,
  removeByColumn,
  purgedAtColumn,
]
/** The same at once, for an object that is new: most of what it costs to make one are its tables. */
export const wholeEditSchema = [wholeEditTable, ...eventTables, ...deliveryTables]
/** After an alarm that failed. */
const RETRY_MS = 2_000

export class EditObject extends DurableObject<Bindings> implements EditRpc {
  readonly #context: EditContext
  readonly #ending: Ending
  /** Resolved when the edit reaches a final state. */
  readonly #waiting = new Set<() => void>()
  #busy: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    // Tables are created with the edit, never by a read; those of an older release are migrated.
    if (hasTable(ctx.storage.sql, 'edit')) migrate(ctx.storage, editSchema)
    this.#context = openEdit(ctx, env)
    this.#ending = new Ending(this.#context)
  }

  async create(accepted: AcceptedEdit): Promise<void> {
    const { ctx, store, events, settings } = this.#context
    migrate(ctx.storage, editSchema, wholeEditSchema)
    const dispatchBy = Math.max(Date.now(), accepted.createdAt) + 1000 * settings.DISPATCH_SECONDS
    if (store.create(accepted, dispatchBy)) {
      events.add('status', { status: 'queued' })
      // In the same commit: should this object die before it has a slot, the alarm finds one.
      void ctx.storage.setAlarm(Date.now() + RETRY_MS)
      ctx.waitUntil(this.#advance())
    }
    faultPoint('edit.created', ctx)
  }

  async read(): Promise<EditReading | null> {
    const edit = this.#read()
    return edit === null ? null : { edit, version: this.#context.events.last }
  }

  async wait(milliseconds: number): Promise<EditReading | null> {
    const edit = this.#read()
    if (edit !== null && isOpenEdit(edit)) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      const timer = setTimeout(resolve, milliseconds)
      await promise
      // A timer that runs on keeps the object in memory.
      clearTimeout(timer)
      this.#waiting.delete(resolve)
    }
    return this.read()
  }

  override async fetch(request: Request): Promise<Response> {
    const edit = this.#read()
    if (edit === null) return new Response(null, { status: 404 })
    const { events } = this.#context
    const lastEvent = request.headers.get('last-event-id')
    const after = Number(lastEvent ?? 0)
    const over = () => {
      const now = this.#read()
      return now === null || !isOpenEdit(now)
    }
    // The only answer after which an EventSource does not come back.
    if (lastEvent !== null && after >= events.last && over())
      return new Response(null, { status: 204 })
    const stream = events.stream(Number.isInteger(after) ? after : 0, over)
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  async report(attempt: number, token: string, event: RunEvent): Promise<EventOutcome> {
    const { store, ctx } = this.#context
    const given = await digest(token)
    const known = this.#read()
    if (known === null) return 'unknown'
    const expected = 'tokenDigest' in known ? known.tokenDigest : null
    if (attempt !== known.attempt || expected === null) return 'stale'
    if (!(await sameSecret(expected, given))) return 'unauthenticated'
    // Read again after the awaits: another event may have come in between.
    const edit = this.#read()
    if (edit === null || attempt !== edit.attempt || !isOpenEdit(edit)) return 'stale'
    if (event.seq <= edit.lastSeq) return 'taken'
    store.change(openStatuses, { lastSeq: event.seq, silentPolls: 0 })
    faultPoint('edit.event-taken', ctx)
    await applyEvent(this.#context, edit, event)
    await this.#rearm()
    return 'taken'
  }

  async wake(): Promise<void> {
    const { store } = this.#context
    if (this.#read() !== null && store.change(openStatuses, { wakeAt: Date.now() }))
      await this.ctx.storage.setAlarm(Date.now())
  }

  async giveWay(): Promise<void> {
    const edit = this.#read()
    if (edit === null || !isOpenEdit(edit)) return
    askToGiveWay(this.#context, edit)
    await this.#rearm()
  }

  async cancel(): Promise<Outcome<{ readonly charged: boolean }>> {
    const edit = this.#read()
    if (edit === null || !isOpenEdit(edit))
      return outcomeOf(() => {
        throw new EditError(
          'conflict',
          edit === null ? 'the edit does not exist' : `the edit is ${edit.status}`,
        )
      })
    await cancel(this.#context, edit, 'asked to')
    await this.#rearm()
    const after = this.#read()
    const charged = after !== null && !isOpenEdit(after) && after.settlement === 'capture'
    return { value: { charged } }
  }

  async remove(): Promise<boolean> {
    const edit = this.#read()
    if (edit === null) return false
    if (isOpenEdit(edit)) await cancel(this.#context, edit, 'deleted')
    const closed = this.#read()
    if (closed === null || isOpenEdit(closed))
      throw new Error(`edit ${edit.accepted.id} did not end`)
    await this.#ending.remove(closed)
    await this.#rearm()
    return true
  }

  async purge(): Promise<boolean> {
    const edit = this.#read()
    return edit !== null && !isOpenEdit(edit) && this.#ending.purgeAgain(edit)
  }

  async fetched(): Promise<void> {
    const edit = this.#read()
    if (edit === null || isOpenEdit(edit) || edit.removeBy === null) return
    if (edit.accepted.summary.retention !== 'none') return
    const removeBy = Math.min(edit.removeBy, Date.now() + FETCHED_MS)
    this.#context.store.change([edit.status], { removeBy })
    await this.#rearm()
  }

  async conclude(): Promise<string | null> {
    const edit = this.#read()
    if (edit === null) return null
    await this.#advance()
    return (this.#read() ?? edit).status
  }

  override async alarm(): Promise<void> {
    await this.#advance()
  }

  #read(): EditState | null {
    return this.#context.store.read()
  }

  /** One step at a time: an alarm, a call and an event may arrive together. */
  async #advance(): Promise<void> {
    if (this.#busy !== null) {
      await this.#busy
      return
    }
    this.#busy = this.#step()
    await this.#busy
  }

  async #step(): Promise<void> {
    const { ctx } = this.#context
    try {
      const edit = this.#read()
      if (edit !== null && isOpenEdit(edit)) await advance(this.#context, edit)
      const after = this.#read()
      if (after !== null && !isOpenEdit(after)) await this.#ending.advance(after)
    } catch (error) {
      // The platform gives an alarm up after a few throws; the edit's must always be set again.
      console.error(
        JSON.stringify({
          message: 'alarm failed',
          error: error instanceof Error ? error.stack : String(error),
        }),
      )
      // Not all edits of an account that cannot be reached at once.
      await ctx.storage.setAlarm(Date.now() + RETRY_MS * (1 + Math.random()))
      return
    } finally {
      this.#busy = null
    }
    await this.#rearm()
  }

  /** Sets the alarm for what is due first; calls that wait for the final state return. */
  async #rearm(): Promise<void> {
    const { ctx } = this.#context
    const edit = this.#read()
    if (edit === null) return
    if (!isOpenEdit(edit)) {
      for (const done of this.#waiting) done()
      this.#waiting.clear()
      return ctx.storage.setAlarm(Math.max(Date.now(), this.#ending.nextAt(edit)))
    }
    const { cancelAt, deadline } = edit.accepted
    await ctx.storage.setAlarm(
      Math.max(Date.now(), Math.min(edit.wakeAt, deadline, cancelAt ?? deadline)),
    )
  }
}
