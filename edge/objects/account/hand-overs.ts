/** Giving accepted edits to objects of their own: behind the answers, and again until it worked. */

import type { Bindings } from '../../bindings.ts'
import { faultPoint } from '../fault-points.ts'
import { editObject } from '../names.ts'
import type { EditIndex } from './edit-index.ts'

/** Accepts closer together than this are a burst: their hand-overs wait for a pause as long. */
const PAUSE_MS = 25
/** But no longer than this: what goes on coming is no burst. */
const MAX_PAUSES = 40

export class HandOvers {
  readonly #ctx: DurableObjectState
  readonly #env: Bindings
  readonly #edits: EditIndex
  readonly #arm: () => void
  readonly #fresh: string[] = []
  #running = false
  /** Accepts since the last pause; zero where nothing has come for a while. */
  #burst = 0
  #pause: ReturnType<typeof setTimeout> | null = null

  /** @param arm sets the account's alarm for what is due next */
  constructor(ctx: DurableObjectState, env: Bindings, edits: EditIndex, arm: () => void) {
    this.#ctx = ctx
    this.#env = env
    this.#edits = edits
    this.#arm = arm
  }

  /**
   * Hands a fresh edit over, after those before it, one at a time. Making an object costs more than
   * accepting an edit, so a burst is answered first.
   */
  soon(id: string): void {
    this.#fresh.push(id)
    this.#burst++
    if (this.#pause !== null) clearTimeout(this.#pause)
    this.#pause = setTimeout(() => {
      this.#burst = 0
      this.#pause = null
    }, PAUSE_MS)
    if (this.#running) return
    this.#running = true
    this.#ctx.waitUntil(this.#run())
  }

  /** Hands an edit over; its object takes it once. What fails is tried again by the alarm. */
  async now(id: string): Promise<void> {
    const accepted = this.#edits.outboxOf(id)
    if (accepted === null) return
    faultPoint('account.before-handover', this.#ctx)
    try {
      await editObject(this.#env, accepted.region, accepted.account, id).create(accepted)
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
        await this.now(id)
      }
    } finally {
      this.#running = false
    }
  }
}
