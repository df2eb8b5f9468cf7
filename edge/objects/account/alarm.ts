/** The account's one alarm, set for whatever is due first. */

export class AccountAlarm {
  readonly #storage: DurableObjectStorage
  readonly #dueTimes: () => readonly (number | null)[]
  #armedFor: number | null = null

  /** @param dueTimes when each part of the account is due next; null for never */
  constructor(storage: DurableObjectStorage, dueTimes: () => readonly (number | null)[]) {
    this.#storage = storage
    this.#dueTimes = dueTimes
  }

  /** Sets the alarm for what is due first, but not before so many milliseconds from now. */
  arm(notBefore = 0): void {
    const first = Math.min(...this.#dueTimes().filter((at) => at !== null))
    if (Number.isFinite(first)) this.armFor(Math.max(first, Date.now() + notBefore))
  }

  armFor(at: number): void {
    if (this.#armedFor !== null && this.#armedFor <= at) return
    this.#armedFor = at
    // Not awaited on purpose: it belongs to the same commit as the rows it is about.
    void this.#storage.setAlarm(at)
  }

  /** The alarm has fired: none is set any more. */
  fired(): void {
    this.#armedFor = null
  }
}
