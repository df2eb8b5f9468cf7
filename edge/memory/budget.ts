/**
 * How many bytes requests may hold together. Each takes its share before it reads, and waits without
 * reading while too much is taken. Knows no request.
 */

import { EditError } from '../../shared/errors.ts'

/** A share that nothing was heard of for this long is nobody's: its request was cut off. */
const FORGOTTEN_MS = 90_000
/** Seconds after which a rejected request may be sent again. */
const RETRY_SECONDS = 5

/** The part of a budget that one owner may have in several shares. */
const OWN_PART = 2 / 3

/** How often one that waits looks whether it is its turn. */
const LOOK_MS = 25
/** One that has not looked for this long was cut off, and is passed over. */
const GONE_MS = 5000

type Waiter = { readonly owner: string; readonly bytes: number; seenAt: number }

/** Bytes that are divided among those who ask for them, in the order in which they ask. */
export class MemoryBudget {
  readonly total: number
  readonly #waitMs: number
  readonly #shares = new Set<Share>()
  readonly #waiting = new Set<Waiter>()

  /** @param waitMs for how long a request may wait for its share */
  constructor(total: number, waitMs: number) {
    this.total = total
    this.#waitMs = waitMs
  }

  /** Bytes that are taken. */
  get held(): number {
    return sum(this.#shares)
  }

  /** Whether requests wait for others. */
  get contended(): boolean {
    return this.#waiting.size > 0
  }

  /**
   * Takes a share. One owner gets at most two thirds of the budget, or a single share, so that
   * nobody keeps all others out.
   *
   * @throws EditError `overloaded` after the time that a request may wait
   */
  async take(owner: string, bytes: number): Promise<Share> {
    if (bytes > this.total) throw new Error(`${bytes} bytes are more than ${this.total}`)
    const waiter = { owner, bytes, seenAt: 0 }
    this.#waiting.add(waiter)
    try {
      // It looks again and again, instead of being woken: a request may not go on in the name of
      // another, and one whose client has hung up must not be given anything.
      for (let waited = 0; waited <= this.#waitMs; waited += LOOK_MS) {
        waiter.seenAt = Date.now()
        if (this.#isNext(waiter)) {
          const share = new Share(this, owner, bytes)
          this.#shares.add(share)
          return share
        }
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
      }
    } finally {
      this.#waiting.delete(waiter)
    }
    throw new EditError(
      'overloaded',
      'the service has no memory free for this request at the moment; try again',
      { retryAfter: RETRY_SECONDS },
    )
  }

  /** Gives back. */
  release(share: Share): void {
    this.#shares.delete(share)
  }

  /** Whether a share fits, and nobody who could have one was there before. */
  #isNext(waiter: Waiter): boolean {
    this.#forget()
    for (const first of this.#waiting) {
      const { owner, bytes } = first
      const own = sum([...this.#shares].filter((share) => share.owner === owner))
      const mayHave = own === 0 || own + bytes <= OWN_PART * this.total
      if (first === waiter) return mayHave && this.held + bytes <= this.total
      // Nobody overtakes: many small shares could keep a large one out for ever.
      if (mayHave) return false
    }
    return false
  }

  /**
   * Takes back what was forgotten, and passes over who is gone. Where a client hangs up, its request may end without another word,
   * and its memory with it.
   */
  #forget(): void {
    const now = Date.now()
    for (const share of this.#shares)
      if (now - share.usedAt > FORGOTTEN_MS) this.#shares.delete(share)
    for (const waiter of this.#waiting)
      if (now - waiter.seenAt > GONE_MS) this.#waiting.delete(waiter)
  }
}

/** Bytes that one request may hold. */
export class Share {
  readonly owner: string
  readonly bytes: number
  readonly #budget: MemoryBudget
  usedAt = Date.now()

  constructor(budget: MemoryBudget, owner: string, bytes: number) {
    this.#budget = budget
    this.owner = owner
    this.bytes = bytes
  }

  /** Whether others wait. */
  get contended(): boolean {
    return this.#budget.contended
  }

  /** Says that the request is alive. */
  use(): void {
    this.usedAt = Date.now()
  }

  /** Gives the share back; a second time is as good as none. */
  release(): void {
    this.#budget.release(this)
  }
}

function sum(shares: Iterable<Share>): number {
  let bytes = 0
  for (const share of shares) bytes += share.bytes
  return bytes
}
