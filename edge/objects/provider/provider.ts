/**
 * A provider of GPU workers: gives its slots to edits in a fair order, and none while its circuit
 * breaker is open. It decides when an edit may submit its run, never the result: a lost call here
 * costs time, nothing else. Masks have slots of their own.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Place } from '../../access/keys.ts'
import type { Bindings } from '../../bindings.ts'
import type {
  MaskSlot,
  ProviderRpc,
  ProviderStatus,
  Release,
  SlotAnswer,
  Ticket,
} from '../../rpc/provider.ts'
import { settingsOf } from '../../settings/settings.ts'
import { faultPoint } from '../fault-points.ts'
import { editObject, parseEditName } from '../names.ts'
import { migrate, row } from '../sql.ts'
import { Breaker, breakerTables } from './breaker.ts'
import { MaskLane, maskTables } from './mask-lane.ts'
import { Queue, queueAccountTables, queueTables } from './queue.ts'

/** A running edit's slot outlives its deadline by this much. */
const MARGIN_MS = 30_000

export class ProviderObject extends DurableObject<Bindings> implements ProviderRpc {
  readonly #queue: Queue
  readonly #breaker: Breaker
  readonly #masks: MaskLane

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, [
      ['CREATE TABLE self (name TEXT PRIMARY KEY)', ...queueTables, ...breakerTables],
      maskTables,
      queueAccountTables,
    ])
    this.#queue = new Queue(ctx.storage.sql)
    this.#breaker = new Breaker(ctx.storage.sql)
    this.#masks = new MaskLane(ctx.storage.sql)
  }

  /** Asks for a slot; asking again is harmless, and keeps the place. */
  async request(name: string, ticket: Ticket): Promise<SlotAnswer> {
    const open = this.#breaker.openUntil
    if (open !== null) {
      this.#queue.leave(ticket.edit)
      return { answer: 'open', until: open }
    }
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO self (name) VALUES (?)', name)
    this.#queue.join(ticket)
    faultPoint('provider.requested', this.ctx)
    this.#serve(ticket.edit)
    if (this.#queue.has(ticket.edit)) return { answer: 'granted' }
    const ahead = this.#queue.ahead(ticket.edit)
    const slots = Math.max(1, this.#slots())
    const seconds = Math.ceil(((ahead + 1) * this.#breaker.seconds) / slots)
    return { answer: 'wait', position: ahead + 1, seconds }
  }

  /** The worker accepted the run. That it will end well is another matter: faults still count. */
  async accepted(edit: string, until: number): Promise<void> {
    this.#queue.hold(edit, until + MARGIN_MS)
    await this.#arm()
  }

  /** A run that failed here succeeded at another provider. */
  async fault(): Promise<void> {
    this.#breaker.fault()
    await this.#arm()
  }

  /** The worker was busy after all, or asked for a pause. */
  async busy(edit: string, retryAfter: number): Promise<void> {
    this.#queue.giveBack(edit)
    this.#breaker.pause(Date.now() + 1000 * retryAfter)
    this.#serve()
    await this.#arm()
  }

  /** A slot is free again. @param seconds how long the run took, where it ended well */
  async release(edit: string, why: Release, seconds: number | null): Promise<void> {
    if (why === 'fault') this.#breaker.fault()
    else if (why === 'done') this.#breaker.success(seconds)
    this.#queue.leave(edit)
    faultPoint('provider.released', this.ctx)
    this.#serve()
    await this.#arm()
  }

  /** Asks for a slot for a mask: granted or not, there is no queue. */
  async requestMask(name: string, id: string): Promise<MaskSlot> {
    const open = this.#breaker.openUntil
    if (open !== null) return { answer: 'open', until: open }
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO self (name) VALUES (?)', name)
    return { answer: this.#masks.take(id, this.#slots()) ? 'granted' : 'full' }
  }

  /** A mask's slot is free again. */
  async releaseMask(id: string, why: Release): Promise<void> {
    this.#masks.free(id)
    if (why === 'fault') this.#breaker.fault()
    else if (why === 'done') this.#breaker.success(null)
    this.#serve()
    await this.#arm()
  }

  /** The state of the provider, for the operator. */
  async status(): Promise<ProviderStatus> {
    return {
      taken: this.#queue.taken,
      waiting: this.#queue.waiting,
      openUntil: this.#breaker.openUntil,
      secondsPerRun: this.#breaker.seconds,
    }
  }

  override async alarm(): Promise<void> {
    this.#serve()
    await this.#arm()
  }

  #slots(): number {
    const name = row<{ name: string }>(this.ctx.storage.sql, 'SELECT name FROM self')?.name
    const config = settingsOf(this.env).PROVIDERS.find((provider) => provider.name === name)
    return this.#breaker.slots(config?.slots ?? 0)
  }

  /** Gives free slots away and wakes the edits that got one; the asker gets it in the response. */
  #serve(asker?: string): void {
    if (this.#breaker.quietUntil !== null) return
    for (const ticket of this.#queue.grant(this.#slots())) {
      faultPoint('provider.granted', this.ctx)
      if (ticket.edit !== asker) this.ctx.waitUntil(this.#wake(ticket))
    }
  }

  async #wake(ticket: Ticket): Promise<void> {
    try {
      const { account, edit } = parseEditName(ticket.edit)
      await editObject(this.env, ticket.region as Place, account, edit).wake()
    } catch (error) {
      // The edit asks again by itself, or its slot expires.
      console.error(
        JSON.stringify({ message: 'edit not woken', edit: ticket.edit, error: String(error) }),
      )
    }
  }

  async #arm(): Promise<void> {
    const due = [this.#queue.nextAt(), this.#breaker.quietUntil].filter((at) => at !== null)
    if (due.length > 0) await this.ctx.storage.setAlarm(Math.max(Date.now() + 50, Math.min(...due)))
  }
}
