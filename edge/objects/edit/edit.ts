/**
 * One edit's life in an object of its own: accepted, handed to workers, watched, ended, settled,
 * forgotten. One alarm drives it; events from the worker hurry it on.
 */

import { DurableObject } from 'cloudflare:workers'
import { EditError } from '../../../shared/errors.ts'
import type { RunEvent } from '../../../shared/run.ts'
import type { Bindings } from '../../bindings.ts'
import { digest, sameSecret } from '../../secrets.ts'
import { settingsOf } from '../../settings/settings.ts'
import { deliveryTables } from '../deliveries.ts'
import { faultPoint } from '../fault-points.ts'
import { type Outcome, refusable } from '../outcome.ts'
import { hasTable, migrate } from '../sql.ts'
import { Attempts } from './attempts.ts'
import type { EditContext } from './context.ts'
import { Ending } from './ending.ts'
import { EditEvents, eventTables } from './events.ts'
import {
  type AcceptedEdit,
  type EditRow,
  EditState,
  editStateTables,
  isOpen,
  openStatuses,
} from './state.ts'

const SCHEMA = [[...editStateTables, ...eventTables, ...deliveryTables]]
/** After an alarm that failed. */
const RETRY_MS = 2_000

/** Outcome of an event: taken, seen before, from a run that is not ours, or with a wrong bearer. */
export type EventOutcome = 'taken' | 'stale' | 'unauthenticated' | 'unknown'

/** A row and the number of its last event: together they change whenever the edit does. */
export type EditReading = { readonly row: EditRow; readonly version: number }

export class EditObject extends DurableObject<Bindings> {
  readonly #context: EditContext
  readonly #attempts: Attempts
  readonly #ending: Ending
  /** Resolved when the edit is over. */
  readonly #waiting = new Set<() => void>()
  #busy: Promise<void> | null = null

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    const { sql } = ctx.storage
    // Tables are made with the edit, never by looking; an older edit's are brought up to date.
    if (hasTable(sql, 'edit')) migrate(ctx.storage, SCHEMA)
    const state = new EditState(sql)
    const events = new EditEvents(sql)
    this.#context = { ctx, env, settings: settingsOf(env), state, events }
    this.#ending = new Ending(this.#context)
    this.#attempts = new Attempts(this.#context, this.#ending)
  }

  /** Takes the edit over, once; from here on it ends by itself. */
  async create(accepted: AcceptedEdit): Promise<void> {
    const { ctx, state, events, settings } = this.#context
    migrate(ctx.storage, SCHEMA)
    const dispatchBy = Math.max(Date.now(), accepted.createdAt) + 1000 * settings.DISPATCH_SECONDS
    if (state.create(accepted, dispatchBy)) {
      events.add('status', { status: 'queued' })
      void ctx.storage.setAlarm(Date.now())
    }
    faultPoint('edit.created', ctx)
  }

  /** The edit as it stands, null where there is none. */
  async read(): Promise<EditReading | null> {
    const row = this.#context.state.read()
    return row === null ? null : { row, version: this.#context.events.last }
  }

  /** Waits until the edit is over, but not longer than so many milliseconds. */
  async wait(milliseconds: number): Promise<EditReading | null> {
    const row = this.#context.state.read()
    if (row !== null && isOpen(row.status)) {
      let done = () => {}
      await new Promise<void>((resolve) => {
        done = resolve
        this.#waiting.add(done)
        setTimeout(resolve, milliseconds)
      })
      this.#waiting.delete(done)
    }
    return this.read()
  }

  /** `GET /events`: everything after `Last-Event-ID`, until the edit is over. */
  override async fetch(request: Request): Promise<Response> {
    const row = this.#context.state.read()
    if (row === null) return new Response(null, { status: 404 })
    const after = Number(request.headers.get('last-event-id') ?? 0)
    const over = () => !isOpen((this.#context.state.read() as EditRow).status)
    const stream = this.#context.events.stream(Number.isInteger(after) ? after : 0, over)
    return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
  }

  /** An event of run `attempt`. */
  async report(attempt: number, token: string, event: RunEvent): Promise<EventOutcome> {
    const { state, ctx } = this.#context
    const given = await digest(token)
    const known = state.read()
    if (known === null) return 'unknown'
    if (attempt !== known.attempt || known.tokenDigest === null) return 'stale'
    if (!(await sameSecret(known.tokenDigest, given))) return 'unauthenticated'
    // Read again after the awaits: another event may have come in between.
    const row = state.read()
    if (row === null || attempt !== row.attempt || !isOpen(row.status)) return 'stale'
    if (event.seq <= row.lastSeq) return 'taken'
    state.change(openStatuses, { lastSeq: event.seq, silentPolls: 0 })
    faultPoint('edit.event-taken', ctx)
    await this.#attempts.apply(row, event)
    await this.#rearm()
    return 'taken'
  }

  /** Something may have happened: look now. */
  async wake(): Promise<void> {
    const { state } = this.#context
    if (state.read() !== null && state.change(openStatuses, { wakeAt: Date.now() }))
      await this.ctx.storage.setAlarm(Date.now())
  }

  /** Cancels an open edit. @returns whether it is charged; refusal `conflict` if it is over */
  async cancel(): Promise<Outcome<{ readonly charged: boolean }>> {
    const row = this.#context.state.read()
    if (row === null || !isOpen(row.status))
      return refusable(() => {
        throw new EditError('conflict', `the edit is ${row === null ? 'not there' : row.status}`)
      })
    await this.#attempts.cancel(row, 'asked to')
    await this.#rearm()
    return { value: { charged: this.#context.state.read()?.settlement === 'capture' } }
  }

  /** Cancels if need be and deletes photo, result, thumbnails and words. */
  async remove(): Promise<void> {
    const row = this.#context.state.read()
    if (row === null) return
    if (isOpen(row.status)) await this.#attempts.cancel(row, 'deleted')
    const { state } = this.#context
    const { accepted, status } = state.read() as EditRow
    const forgotten = {
      ...accepted,
      metadata: {},
      sampler: { ...accepted.sampler, prompt: '', negativePrompt: '' },
    }
    state.change([status], {
      accepted: forgotten,
      deletedAt: Date.now(),
      result: null,
      wakeAt: Date.now(),
    })
    // In the same commit: should this object die while it purges, the rest is still done.
    void this.ctx.storage.setAlarm(Date.now())
    await this.#ending.purge(row)
    await this.#rearm()
  }

  /**
   * The account's hold is past its deadline: come to an end now. @returns the state, null where
   * there is no edit
   */
  async conclude(): Promise<string | null> {
    const row = this.#context.state.read()
    if (row === null) return null
    await this.#advance()
    return (this.#context.state.read() ?? row).status
  }

  override async alarm(): Promise<void> {
    await this.#advance()
  }

  /** One look at a time: an alarm, a call and an event may meet here. */
  async #advance(): Promise<void> {
    if (this.#busy !== null) {
      await this.#busy
      return
    }
    this.#busy = this.#look()
    await this.#busy
  }

  async #look(): Promise<void> {
    const { state, ctx } = this.#context
    try {
      const row = state.read()
      if (row !== null && isOpen(row.status)) await this.#attempts.advance(row)
      const after = state.read()
      if (after !== null && !isOpen(after.status)) await this.#ending.advance(after)
    } catch (error) {
      // An alarm that throws is retried a few times and then forgotten; the edit must not be.
      console.error(
        JSON.stringify({
          message: 'alarm failed',
          error: error instanceof Error ? error.stack : String(error),
        }),
      )
      await ctx.storage.setAlarm(Date.now() + RETRY_MS)
      return
    } finally {
      this.#busy = null
    }
    await this.#rearm()
  }

  /** One alarm for whatever is due first; those who wait for the end are told of it. */
  async #rearm(): Promise<void> {
    const { state, ctx } = this.#context
    const row = state.read()
    if (row === null) return
    if (!isOpen(row.status)) {
      for (const done of this.#waiting) done()
      this.#waiting.clear()
      return ctx.storage.setAlarm(Math.max(Date.now(), this.#ending.nextAt(row)))
    }
    const { cancelAt, deadline } = row.accepted
    await ctx.storage.setAlarm(
      Math.max(Date.now(), Math.min(row.wakeAt, deadline, cancelAt ?? deadline)),
    )
  }
}
