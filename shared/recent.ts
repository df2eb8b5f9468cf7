/** A map that keeps only its most recent entries. */
export class Recent<K, V> {
  readonly #limit: number
  readonly #entries = new Map<K, V>()

  /** @param limit number of entries to keep; adding another one drops the oldest */
  constructor(limit: number) {
    this.#limit = limit
  }

  get(key: K): V | undefined {
    return this.#entries.get(key)
  }

  /** Sets an entry and makes it the newest. */
  set(key: K, value: V): void {
    this.#entries.delete(key)
    this.#entries.set(key, value)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size > this.#limit && oldest !== undefined) this.#entries.delete(oldest)
  }

  delete(key: K): void {
    this.#entries.delete(key)
  }
}
