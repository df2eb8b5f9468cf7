/**
 * The edits that this isolate admitted and that their provider may not know yet: on their way through
 * the accept, or accepted since the provider was last asked. Without them, edits that are created at
 * the same time would all find the same empty queue.
 */

import type { ModelName } from '../../../../shared/models.ts'
import type { Lane, ProviderStatus } from '../../../rpc/provider.ts'

/** A provider's queue, as it stood when the provider was asked. */
export type KnownQueue = {
  readonly status: ProviderStatus
  readonly models: readonly ModelName[]
  /** Parts of the queue that are like this one; 1 where it is whole. */
  readonly parts: number
  readonly askedAt: number
}

/** A new edit, as far as its place in a queue depends on it. */
export type Newcomer = {
  readonly account: string
  readonly model: ModelName
  readonly lane: Lane
  /** Open edits of the same model that its account has in the same lane. */
  readonly open: number
}

export type Entry = { readonly who: Newcomer; readonly at: number; acceptedAt: number | null }

/** A request that was cut off leaves its entry behind, for so long at most. */
const FORGOTTEN_MS = 60_000
/** A provider was asked again since an edit was accepted so long ago. */
const KNOWN_MS = 5_000

export class Newcomers {
  readonly #entries = new Set<Entry>()

  /** An edit asks to be admitted. */
  add(who: Newcomer, now: number): Entry {
    for (const entry of this.#entries) {
      const { at, acceptedAt } = entry
      const gone = acceptedAt === null ? now - at > FORGOTTEN_MS : now - acceptedAt > KNOWN_MS
      if (gone) this.#entries.delete(entry)
    }
    const entry = { who, at: now, acceptedAt: null }
    this.#entries.add(entry)
    return entry
  }

  /** It was accepted: its account counts it, and its provider will. */
  accepted(entry: Entry, now: number): void {
    entry.acceptedAt = now
  }

  /** It was rejected, or made no new edit. */
  remove(entry: Entry): void {
    this.#entries.delete(entry)
  }

  /** How many edits of an account are not accepted yet. */
  onTheirWay(account: string): number {
    let count = 0
    for (const { who, acceptedAt } of this.#entries)
      if (acceptedAt === null && who.account === account) count++
    return count
  }

  /** How many of the same account, model and lane came before it and are not accepted yet. */
  own(entry: Entry): number {
    const { account, model, lane } = entry.who
    return this.#before(entry).filter(
      ({ who, acceptedAt }) =>
        acceptedAt === null && who.account === account && who.model === model && who.lane === lane,
    ).length
  }

  /**
   * A queue together with those that came before an edit and that its provider could not know when it
   * was asked.
   *
   * @param share of them that this provider gets
   */
  join(
    { status, models, parts, askedAt }: KnownQueue,
    entry: Entry,
    share: number,
  ): ProviderStatus {
    const unknown = this.#before(entry).filter(
      ({ who, acceptedAt }) =>
        models.includes(who.model) && (acceptedAt === null || acceptedAt >= askedAt),
    )
    const lanes = status.lanes.map((lane, index) => {
      const joining = unknown.filter(({ who }) => who.lane === index)
      return {
        ...lane,
        waiting: lane.waiting + (share * joining.length) / parts,
        accounts: lane.accounts + new Set(joining.map(({ who }) => who.account)).size / parts,
      }
    })
    return { ...status, lanes }
  }

  #before(entry: Entry): Entry[] {
    const all = [...this.#entries]
    return all.slice(0, all.indexOf(entry))
  }
}
