/** What each object has to do: its requests and alarms by the second, and what it writes. */

export type Kind = 'account' | 'edit' | 'provider'
type Busiest = { readonly name: string; readonly perSecond: number }

export class Load {
  /** By object, then by second. */
  readonly #seconds = new Map<string, Map<number, number>>()
  readonly #calls = new Map<Kind, number>()
  readonly #writes = new Map<Kind, number>()
  /** False while something is prepared that is no load. */
  counting = true

  call(kind: Kind, name: string, now: number): void {
    if (!this.counting) return
    add(this.#calls, kind)
    const key = `${kind} ${name}`
    let seconds = this.#seconds.get(key)
    if (seconds === undefined) {
      seconds = new Map()
      this.#seconds.set(key, seconds)
    }
    add(seconds, Math.floor(now / 1000))
  }

  write(kind: Kind): void {
    if (this.counting) add(this.#writes, kind)
  }

  /** Requests and alarms of all objects of a kind. */
  calls(kind: Kind): number {
    return this.#calls.get(kind) ?? 0
  }

  /** Statements that write. */
  writes(kind: Kind): number {
    return this.#writes.get(kind) ?? 0
  }

  /** The object of a kind with the most requests and alarms in any one second. */
  busiest(kind: Kind): Busiest {
    let most: Busiest = { name: '', perSecond: 0 }
    for (const [key, seconds] of this.#seconds) {
      const [of, name = ''] = key.split(' ')
      const perSecond = Math.max(...seconds.values())
      if (of === kind && perSecond > most.perSecond) most = { name, perSecond }
    }
    return most
  }
}

function add<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
