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

type Waiter = {
  readonly owner: string
  readonly bytes: number
  readonly grant: (share: Share) => void
}

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
   * @throws EditError `model_unavailable` after the time that a request may wait
   */
  take(owner: string, bytes: number): Promise<Share> {
    if (bytes > this.total) throw new Error(`${bytes} bytes are more than ${this.total}`)
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        this.#serve()
        reject(
          new EditError(
            'model_unavailable',
            'the service reads as many photos as it can at the moment; try again',
            { retryAfter: RETRY_SECONDS },
          ),
        )
      }, this.#waitMs)
      const waiter = {
        owner,
        bytes,
        grant: (share: Share) => {
          clearTimeout(timer)
          resolve(share)
        },
      }
      this.#waiting.add(waiter)
      this.#serve()
    })
  }

  /** Gives back. */
  release(share: Share): void {
    if (this.#shares.delete(share)) this.#serve()
  }

  /** Gives shares to those who wait, until one does not fit. */
  #serve(): void {
    this.#forget()
    for (const waiter of this.#waiting) {
      const { owner, bytes, grant } = waiter
      const own = sum([...this.#shares].filter((share) => share.owner === owner))
      if (own > 0 && own + bytes > OWN_PART * this.total) continue
      // Later ones do not overtake: many small shares could keep a large one out for ever.
      if (this.held + bytes > this.total) return
      this.#waiting.delete(waiter)
      const share = new Share(this, owner, bytes)
      this.#shares.add(share)
      grant(share)
    }
  }

  /**
   * Takes back what was forgotten. Where a client hangs up, its request may end without another word,
   * and its memory with it.
   */
  #forget(): void {
    const now = Date.now()
    for (const share of this.#shares)
      if (now - share.usedAt > FORGOTTEN_MS) this.#shares.delete(share)
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
