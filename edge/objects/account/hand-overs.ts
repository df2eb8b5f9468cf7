/** Creates the objects of accepted edits: after the response was sent, with retries. */

import { faultPoint } from '../fault-points.ts'
import type { FindEdit } from '../names.ts'
import type { EditIndex } from './edit-index.ts'

/** Accepts closer together than this are a burst; hand-overs wait until it pauses this long. */
const PAUSE_MS = 25
/** Pauses waited for at most: steady traffic is no burst. */
const MAX_PAUSES = 40
/**
 * Hand-overs at a time. An object that is far away, or has to be made first, takes tenths of a second: one
 * after the other, they would set how many edits an account may have a second.
 */
const WIDTH = 32

export class HandOvers {
  readonly #ctx: DurableObjectState
  readonly #findEdit: FindEdit
  readonly #edits: EditIndex
  readonly #arm: () => void
  readonly #fresh: string[] = []
  /** Those that are in {@link #fresh} or under way. */
  readonly #pending = new Set<string>()
  /** Hand-overs under way. */
  #running = 0
  /** Accepts since the last pause. */
  #burst = 0
  #pause: ReturnType<typeof setTimeout> | null = null

  /** @param arm sets the account's alarm for what is due next */
  constructor(ctx: DurableObjectState, findEdit: FindEdit, edits: EditIndex, arm: () => void) {
    this.#ctx = ctx
    this.#findEdit = findEdit
    this.#edits = edits
    this.#arm = arm
  }

  /**
   * Hands a new edit over, some at a time, in the order in which they came. Creating an object costs
   * more than accepting an edit, so the requests of a burst get their responses first.
   */
  soon(id: string): void {
    this.#fresh.push(id)
    this.#pending.add(id)
    this.#burst++
    if (this.#pause !== null) clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#burst = 0
      this.#pause = null
    }, PAUSE_MS)
    if (this.#running >= WIDTH) return
    this.#running++
    this.#ctx.waitUntil(this.#run())
  }

  /** Hands over what is due again, unless its turn is still to come. */
  async due(): Promise<void> {
    const due = this.#edits.dueOutbox().filter((id) => !this.#pending.has(id))
    await Promise.all(due.map((id) => this.now(id)))
  }

  /** Hands an edit over; its object takes it once. After a failure the alarm retries. */
  async now(id: string): Promise<void> {
    const accepted = this.#edits.outboxOf(id)
    if (accepted === null) return
    faultPoint('account.before-handover', this.#ctx)
    try {
      await this.#findEdit(accepted.region, accepted.account, id).create(accepted)
    } catch (error) {
      console.error(JSON.stringify({ message: 'hand-over failed', edit: id, error: String(error) }))
      this.#edits.postpone(id)
      this.#arm()
      return
    }
    faultPoint('account.after-handover', this.#ctx)
    this.#edits.handedOver(id)
  }

  async #run(): Promise<void> {
    let pauses = 0
    try {
      for (let id = this.#fresh.shift(); id !== undefined; id = this.#fresh.shift()) {
        for (; this.#burst > 1 && pauses < MAX_PAUSES; pauses++)
          await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
        try {
          await this.now(id)
        } finally {
          this.#pending.delete(id)
        }
      }
    } finally {
      this.#running--
      // Only where this one failed is anything left: the alarm hands it over.
      if (this.#running === 0) for (const id of this.#fresh.splice(0)) this.#pending.delete(id)
    }
  }
}
