/** Questions to the API for which nobody pays: one at a time, and again while the workers are busy. */

import { ContextDragError } from '../../../client/errors.ts'

export class Questions {
  readonly #milliseconds: number
  #last: Promise<unknown> = Promise.resolve()

  /** @param milliseconds how long a question may take, from its turn on */
  constructor(milliseconds: number) {
    this.#milliseconds = milliseconds
  }

  /**
   * Asks when the questions before it are answered: most workers answer only one at a time.
   *
   * @throws the API's error, unless it says that it can answer in the time that is left
   */
  ask<Answer>(question: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const turn = this.#last.then(() => this.#askUntil(Date.now() + this.#milliseconds, question))
    this.#last = turn.catch(() => {})
    return turn
  }

  async #askUntil<Answer>(
    end: number,
    question: (signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    for (;;) {
      try {
        return await question(AbortSignal.timeout(Math.max(1, end - Date.now())))
      } catch (error) {
        const seconds = error instanceof ContextDragError ? error.retryAfter : undefined
        if (seconds === undefined || Date.now() + 1000 * seconds >= end) throw error
        await new Promise((resolve) => setTimeout(resolve, 1000 * seconds))
      }
    }
  }
}
