/** Reports a run's events to the edge, in order. All events but progress are retried. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '../shared/run.ts'

/** An event without its sequence number. */
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

  /** @param events where to send them; the caller has checked the address */
  constructor(events: { readonly url: string; readonly token: string }) {
    this.#url = events.url
    this.#token = events.token
  }

  /** Queues an event and returns it with its sequence number. */
  report(news: RunNews): RunEvent {
    const event = { ...news, seq: this.#next++ } as RunEvent
    this.#queue = this.#queue.then(() => this.#deliver(event))
    return event
  }

  /** Waits until all events so far are delivered or given up. */
  async settled(): Promise<void> {
    await this.#queue
  }

  /** Sends an event. If all attempts fail, the edge can still request the state of the run. */
  async #deliver(event: RunEvent): Promise<void> {
    // Skip progress that is already out of date: sending it would delay later events.
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
        if (response.status >= 500) continue
        // After a 4xx a retry is useless. After a 409 all is well: the run is over for the edge.
        if (!response.ok && response.status !== 409) await logRefusal(event, response)
        return
      } catch {
        // Unreachable or too slow: try again.
      }
    }
  }
}

/** Logs why the edge refused an event: it and the worker do not agree on what an event is, or on the run. */
async function logRefusal({ seq, type }: RunEvent, response: Response): Promise<void> {
  // Without its text the refusal is still one: it is not sent again.
  const answer = (await response.text().catch(() => '')).slice(0, 1000)
  console.error(
    JSON.stringify({ message: 'event refused', seq, type, status: response.status, answer }),
  )
}
