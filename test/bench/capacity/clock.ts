/** Virtual time: what is due is done in its order, and the hours between take none. */

type Event = { readonly at: number; readonly serial: number; readonly run: () => void }

/** Node's own: the objects get one that belongs to virtual time. */
const turn = setImmediate

export class Clock {
  /** Epoch ms. */
  now = 1_700_000_000_000
  readonly #heap: Event[] = []
  #serial = 0

  /** Does something at a time, or at once where that is past. */
  at(time: number, run: () => void): void {
    this.#push({ at: Math.max(time, this.now), serial: this.#serial++, run })
  }

  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.now + milliseconds, resolve))
  }

  /** Lets time pass until then. */
  async until(end: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop()
      this.now = next.at
      next.run()
      // Whatever it began goes on until it waits for the time to come.
      await new Promise<void>((resolve) => turn(resolve))
    }
    this.now = end
  }

  /** Makes it the time of this process. */
  install(): void {
    Date.now = () => this.now
    Object.assign(globalThis, {
      setTimeout: (run: () => void, milliseconds = 0) => {
        const timer = { run }
        this.at(this.now + milliseconds, () => timer.run())
        return timer
      },
      clearTimeout: (timer?: { run: () => void }) => {
        if (timer !== undefined) timer.run = () => {}
      },
    })
    const never = new AbortController().signal
    AbortSignal.timeout = () => never
  }

  #push(event: Event): void {
    const heap = this.#heap
    let i = heap.push(event) - 1
    for (
      let above = (i - 1) >> 1;
      i > 0 && isBefore(event, heap[above] as Event);
      above = (i - 1) >> 1
    ) {
      heap[i] = heap[above] as Event
      i = above
    }
    heap[i] = event
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let i = 0
    for (;;) {
      let below = 2 * i + 1
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Event, heap[below] as Event))
        below++
      if (below >= heap.length || !isBefore(heap[below] as Event, last)) break
      heap[i] = heap[below] as Event
      i = below
    }
    heap[i] = last
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial)
}
