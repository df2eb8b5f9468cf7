/**
 * The queue of a provider of GPU workers, or a shard of it: gives its slots to edits in a fair order, and none while its circuit
 * breaker is open; has test runs stopped where a live edit finds no slot. It decides when an edit may
 * submit its run, never the result: a lost call here costs time, nothing else. Masks have slots of
 * their own. The provider's own object divides the slots between the shards.
 */

import { DurableObject } from 'cloudflare:workers'
import type { Place } from '../../access/keys.ts'
import type { Bindings } from '../../bindings.ts'
import {
  type Availability,
  lanes,
  type MaskSlot,
  type ProviderRpc,
  type ProviderStatus,
  type QueueStatus,
  type Release,
  type SlotAnswer,
  type Ticket,
} from '../../rpc/provider.ts'
import { settingsOf } from '../../settings/settings.ts'
import { faultPoint } from '../fault-points.ts'
import { editObject, parseEditName, providerObject, providerOfQueue, shardsOf } from '../names.ts'
import { migrate, row } from '../sql.ts'
import { Breaker, breakerTables, outageTables } from './breaker.ts'
import { MaskLane, maskTables } from './mask-lane.ts'
import { Queue } from './queue.ts'
import {
  queueAccountTables,
  queueLaneTables,
  queueTables,
  queueTriggers,
  slotTimeTables,
} from './queue-tables.ts'
import { lostTimeTables, RunTimes, runTimeTables } from './run-times.ts'
import { ownShareTables, Share } from './share.ts'
import { Shares, shareTables } from './shares.ts'
import { Turnstile } from './turnstile.ts'
import { aheadOf, liveOf, secondsOfWait, testOf, together } from './wait.ts'

/** A running edit's slot outlives its deadline by this much. */
const MARGIN_MS = 30_000
/** An edit that found the queue full asks again after this. */
const FULL_MS = 5_000

type Self = { readonly name: string; readonly provider: string; readonly isShard: boolean }

export class ProviderObject extends DurableObject<Bindings> implements ProviderRpc {
  readonly #queue: Queue
  readonly #breaker: Breaker
  readonly #runTimes: RunTimes
  readonly #masks: MaskLane
  /** Of the shards, in the provider's own object. */
  readonly #shares: Shares
  /** Of this shard. */
  readonly #share: Share
  readonly #turnstile = new Turnstile()
  /** As stored; null where it was not read yet. */
  #known: Self | null = null

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    migrate(ctx.storage, [
      ['CREATE TABLE self (name TEXT PRIMARY KEY)', ...queueTables, ...breakerTables],
      maskTables,
      queueAccountTables,
      [...queueLaneTables, ...runTimeTables],
      [...slotTimeTables, ...lostTimeTables],
      [...shareTables, ...ownShareTables],
      queueTriggers,
      outageTables,
    ])
    this.#queue = new Queue(ctx.storage.sql)
    this.#breaker = new Breaker(ctx.storage.sql)
    this.#runTimes = new RunTimes(ctx.storage.sql)
    this.#masks = new MaskLane(ctx.storage.sql)
    this.#shares = new Shares(ctx.storage.sql)
    this.#share = new Share(ctx.storage.sql, Date.now())
  }

  /** Asks for a slot; asking again is harmless, and keeps the place. */
  async request(name: string, ticket: Ticket): Promise<SlotAnswer> {
    const open = this.#breaker.openUntil
    if (open !== null) {
      this.#queue.leave(ticket.edit)
      return { answer: 'open', until: this.#turnstile.next(open) }
    }
    this.#named(name)
    if (this.#isFull(ticket))
      return { answer: 'full', until: this.#turnstile.next(Date.now() + FULL_MS) }
    this.#queue.join(ticket)
    faultPoint('provider.requested', this.ctx)
    this.#serve(ticket.edit)
    if (this.#self().isShard) {
      if (!this.#queue.has(ticket.edit)) await this.#report(true)
      this.#serve(ticket.edit)
      await this.#arm()
    }
    if (this.#queue.has(ticket.edit)) return { answer: 'granted' }
    const same = this.#queue.ahead(ticket)
    const queue = this.#queueStatus()
    return {
      answer: 'wait',
      // As many wait in the other shards.
      position: aheadOf(queue.lanes, ticket.lane, same) * Math.max(1, this.#shards()) + 1,
      seconds: Math.ceil(secondsOfWait(queue, ticket.lane, same)),
    }
  }

  /** The worker accepted the run. That it will end well is another matter: faults still count. */
  async accepted(edit: string, until: number): Promise<void> {
    this.#queue.hold(edit, until + MARGIN_MS)
    // A live edit may have come while this run was being submitted.
    this.#serve()
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
    if (why === 'fault') this.#failed(edit)
    else if (why === 'done') this.#succeeded(edit, seconds)
    this.#queue.leave(edit)
    faultPoint('provider.released', this.ctx)
    this.#serve()
    await this.#arm()
  }

  /** Asks for a slot for a mask: granted or not, there is no queue. */
  async requestMask(name: string, id: string): Promise<MaskSlot> {
    const open = this.#breaker.openUntil
    if (open !== null) return { answer: 'open', until: open }
    this.#named(name)
    return {
      answer: this.#masks.take(id, this.#breaker.slots(this.#allSlots())) ? 'granted' : 'full',
    }
  }

  /** A mask's slot is free again. */
  async releaseMask(id: string, why: Release): Promise<void> {
    this.#masks.free(id)
    if (why === 'fault') this.#breaker.fault()
    else if (why === 'done') this.#breaker.success()
    this.#serve()
    await this.#arm()
  }

  /** The state of the provider, for the operator and for what is to be accepted. */
  async status(name: string): Promise<ProviderStatus> {
    this.#named(name)
    const own = this.#status()
    if (this.#self().isShard) return own
    return together(own, this.#shares.statuses(Date.now()), this.#allSlots())
  }

  async availability(): Promise<Availability> {
    return this.#breaker.availability
  }

  async share(provider: string, shard: string, status: ProviderStatus | null): Promise<number> {
    this.#named(provider)
    if (status === null) {
      this.#shares.leave(shard, Date.now())
      return 0
    }
    const slots = this.#allSlots() - this.#queue.taken
    const may = this.#shares.report(shard, status, slots, this.#shards(), Date.now())
    this.#breaker.heard(this.#shares.statuses(Date.now()).every(({ failing }) => failing))
    return may
  }

  override async alarm(): Promise<void> {
    if (this.#self().isShard) await this.#report(false)
    this.#serve()
    await this.#arm()
  }

  /** How this queue stands. */
  #status(): ProviderStatus {
    const queue = this.#queueStatus()
    const sum = (of: 'taken' | 'waiting') =>
      queue.lanes.reduce((total, lane) => total + lane[of], 0)
    return {
      ...queue,
      taken: sum('taken'),
      waiting: sum('waiting'),
      openUntil: this.#breaker.openUntil,
      failing: this.#breaker.failing,
    }
  }

  /**
   * Reports to the provider's own object, if it is time: how many slots this shard may use is its
   * answer. Where it cannot be reached, it stays as it was.
   */
  async #report(hurry: boolean): Promise<void> {
    const now = Date.now()
    if (!this.#share.isDue(now, hurry)) return
    const { provider, name } = this.#self()
    const status = this.#status()
    const leave = this.#share.reporting(now, status.taken + status.waiting) === 'leave'
    try {
      const object = providerObject(this.env, provider)
      this.#share.set(await object.share(provider, name, leave ? null : status))
    } catch (error) {
      console.error(JSON.stringify({ message: 'shard not heard', name, error: String(error) }))
    }
  }

  /**
   * An object does not know its own name: whoever asks says it, and alarms need it later. Written once:
   * a question would otherwise wait for the disk.
   */
  #named(name: string): void {
    if (this.#self().name !== '') return
    this.ctx.storage.sql.exec('INSERT OR IGNORE INTO self (name) VALUES (?)', name)
    this.#known = null
  }

  /** Name and provider of this queue; empty before it was named. */
  #self(): Self {
    if (this.#known === null) {
      const name = row<{ name: string }>(this.ctx.storage.sql, 'SELECT name FROM self')?.name ?? ''
      this.#known = { name, ...providerOfQueue(name) }
    }
    return this.#known
  }

  /** All slots of the provider; 0 where it is no longer configured. */
  #allSlots(): number {
    const { provider } = this.#self()
    return settingsOf(this.env).PROVIDERS.find(({ name }) => name === provider)?.slots ?? 0
  }

  /** Shards of the queue in a region; 0 where it has none. */
  #shards(): number {
    return shardsOf({ slots: this.#allSlots() })
  }

  /** Slots that this queue may use now. */
  #slots(): number {
    const all = this.#self().isShard
      ? this.#share.slots
      : this.#allSlots() - this.#shares.used(Date.now())
    return Math.min(all, this.#breaker.slots(all))
  }

  #queueStatus(): QueueStatus {
    const { DISPATCH_SECONDS } = settingsOf(this.env)
    const times = this.#runTimes
    const slots = this.#slots()
    // A shard that has had no edits yet has no slots; it gets its part with the first.
    const part = Math.ceil(this.#allSlots() / Math.max(1, this.#shards()))
    return {
      slots: this.#self().isShard ? Math.max(slots, this.#breaker.slots(part)) : slots,
      lanes: this.#queue.lanes(),
      secondsPerRun: times.of(lanes.key, this.#queue.oldestSeconds('live'), DISPATCH_SECONDS),
      secondsPerTestRun: times.of(lanes.test, this.#queue.oldestSeconds('test'), DISPATCH_SECONDS),
    }
  }

  /** Edits that wait here or have a slot. */
  #edits(): number {
    return this.#queue.lanes().reduce((sum, { waiting, taken }) => sum + waiting + taken, 0)
  }

  /** Whether as many edits of its kind wait as may. An edit that has joined stays. */
  #isFull({ edit, lane }: Ticket): boolean {
    if (this.#queue.laneOf(edit) !== null) return false
    const { MAX_QUEUE, MAX_TEST_QUEUE } = settingsOf(this.env)
    const all = this.#queue.lanes()
    const share = 1 / Math.max(1, this.#shards())
    return lane === lanes.test
      ? testOf(all).waiting >= share * MAX_TEST_QUEUE
      : liveOf(all).waiting >= share * MAX_QUEUE
  }

  /** A run ended well, after so many seconds if that is known. */
  #succeeded(edit: string, seconds: number | null): void {
    this.#breaker.success()
    const lane = this.#queue.laneOf(edit)
    if (lane !== null && seconds !== null) this.#runTimes.add(lane, seconds)
  }

  /** A run was lost, and its slot's time with it. */
  #failed(edit: string): void {
    this.#breaker.fault()
    const slot = this.#queue.slotOf(edit)
    if (slot !== null) this.#runTimes.lose(slot.lane, slot.seconds)
  }

  /**
   * Gives free slots away and wakes the edits that got one; the asker gets it in the response. Where
   * live edits still wait, test runs are told to stop.
   */
  #serve(asker?: string): void {
    for (const { lane, seconds } of this.#queue.expire()) this.#runTimes.lose(lane, seconds)
    if (this.#breaker.quietUntil !== null) return
    const slots = this.#slots()
    for (const ticket of this.#queue.grant(slots)) {
      faultPoint('provider.granted', this.ctx)
      if (ticket.edit !== asker) this.ctx.waitUntil(this.#tell(ticket, 'wake'))
    }
    for (const ticket of this.#queue.stop(slots)) this.ctx.waitUntil(this.#tell(ticket, 'giveWay'))
  }

  async #tell(ticket: Ticket, what: 'wake' | 'giveWay'): Promise<void> {
    try {
      const { account, edit } = parseEditName(ticket.edit)
      await editObject(this.env, ticket.region as Place, account, edit)[what]()
    } catch (error) {
      // An edit asks again by itself, or its slot expires; one that runs is told again.
      const told = { message: 'edit not told', edit: ticket.edit, what, error: String(error) }
      console.error(JSON.stringify(told))
    }
  }

  async #arm(): Promise<void> {
    const report = this.#self().isShard ? this.#share.nextAt(this.#edits()) : null
    const due = [this.#queue.nextAt(), this.#breaker.quietUntil, report].filter((at) => at !== null)
    if (due.length > 0) await this.ctx.storage.setAlarm(Math.max(Date.now() + 50, Math.min(...due)))
  }
}
