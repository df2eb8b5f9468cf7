/** Reports a run's events to the edge, in order. Progress may get lost, the end may not. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '../shared/run.ts'

/** An event before it has its number. */
export type RunNews = RunEvent extends infer Event
  ? Event extends { seq: number }
    ? Omit<Event, 'seq'>
    : never
  : never

const ATTEMPTS = 6
const TIMEOUT_MS = 10_000

export class EventReporter {
  readonly #url: string
  readonly #token: string
  #next = 0
  #queue: Promise<void> = Promise.resolve()

  /** @param events where to; the caller has judged the address */
  constructor(events: { readonly url: string; readonly token: string }) {
    this.#url = events.url
    this.#token = events.token
  }

  /** Queues an event and returns it with its number. */
  report(news: RunNews): RunEvent {
    const event = { ...news, seq: this.#next++ } as RunEvent
    this.#queue = this.#queue.then(() => this.#deliver(event))
    return event
  }

  /** Waits until everything reported so far was delivered or given up. */
  async settled(): Promise<void> {
    await this.#queue
  }

  /**
   * The edge can also ask for the state of a run, so that an event given up here is not the end of
   * it.
   */
  async #deliver(event: RunEvent): Promise<void> {
    // Progress that has been overtaken is not worth the wait it would add.
    if (event.type === 'progress' && event.seq + 1 < this.#next) return
    const attempts = event.type === 'progress' ? 1 : ATTEMPTS
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await sleep(250 * 2 ** attempt)
      try {
        const response = await fetch(this.#url, {
          method: 'POST',
          headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
          body: JSON.stringify(event),
          redirect: 'error',
          signal: AbortSignal.timeout(TIMEOUT_MS),
        })
        // A 4xx is the edge's last word: the run is over for it, or was never its own.
        if (response.status < 500) return
      } catch {
        // Unreachable or too slow; the next attempt may do.
      }
    }
  }
}
