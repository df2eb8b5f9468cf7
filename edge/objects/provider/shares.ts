/**
 * Who may use how many of a provider's slots, where its queue is split into shards: the provider's own
 * object divides them anew with each report of a shard. A shard that has edits waiting gets what the
 * others do not use; one that has more than its part gives back as its runs end. A lost report costs time,
 * nothing else, and a worker that gets too many runs says that it is busy.
 */

import type { ProviderStatus } from '../../rpc/provider.ts'
import { rows } from '../sql.ts'
import { type Demand, divide } from './divide.ts'
import { liveOf, testOf } from './wait.ts'

export const shareTables = [
  'CREATE TABLE shard_share (shard TEXT PRIMARY KEY, slots INTEGER NOT NULL)',
]

/** A shard that has not reported for this long is gone: its slots are given to others. */
const GONE_MS = 60_000

type Entry = {
  /** Slots that it may use, or uses still. */
  slots: number
  /** As it last reported; null where nobody remembers. */
  status: ProviderStatus | null
  at: number
}

export class Shares {
  readonly #sql: SqlStorage
  /** By shard. Demands are not stored: each shard reports again within seconds. */
  #entries: Map<string, Entry> | null = null

  constructor(sql: SqlStorage) {
    this.#sql = sql
  }

  /**
   * Takes a shard's report.
   *
   * @param slots all of the provider's, less those that its own queue has taken
   * @param parts shards of a region
   * @returns how many slots the shard may use from now on
   */
  report(shard: string, status: ProviderStatus, slots: number, parts: number, now: number): number {
    const all = this.#all(now)
    const own = all.get(shard) ?? { slots: 0, status, at: now }
    all.set(shard, { ...own, status, at: now })
    const names = [...all.keys()]
    const demands = [...all.values()].map(demandOf)
    const mostSpare = Math.ceil(slots / Math.max(parts, names.length))
    const fair = divide(slots, demands, mostSpare)[names.indexOf(shard)] ?? 0
    const may = Math.max(0, Math.min(fair, slots - this.#used(all, shard)))
    // What runs beyond that is counted until it ends.
    this.#set(all, shard, { status, at: now, slots: Math.max(may, status.taken) })
    return may
  }

  /** A shard has nothing to do and uses no slot. */
  leave(shard: string, now: number): void {
    this.#forget(this.#all(now), shard)
  }

  /** Slots that shards may use. */
  used(now: number): number {
    return this.#used(this.#all(now), null)
  }

  /** What the shards last reported. */
  statuses(now: number): ProviderStatus[] {
    return [...this.#all(now).values()].flatMap(({ status }) => (status === null ? [] : [status]))
  }

  #used(all: ReadonlyMap<string, Entry>, except: string | null): number {
    let used = 0
    for (const [shard, { slots }] of all) if (shard !== except) used += slots
    return used
  }

  #set(all: Map<string, Entry>, shard: string, entry: Entry): void {
    const before = all.get(shard)
    all.set(shard, entry)
    if (before?.slots === entry.slots) return
    this.#sql.exec(
      'INSERT OR REPLACE INTO shard_share (shard, slots) VALUES (?, ?)',
      shard,
      entry.slots,
    )
  }

  #forget(all: Map<string, Entry>, shard: string): void {
    all.delete(shard)
    this.#sql.exec('DELETE FROM shard_share WHERE shard = ?', shard)
  }

  /** The shards that are not gone. What is only stored counts as reported now: it may use its slots. */
  #all(now: number): Map<string, Entry> {
    if (this.#entries === null) {
      const stored = rows<{ shard: string; slots: number }>(
        this.#sql,
        'SELECT shard, slots FROM shard_share',
      )
      const remembered = stored.map(({ shard, slots }) => [shard, { slots, status: null, at: now }])
      this.#entries = new Map(remembered as [string, Entry][])
    }
    const all = this.#entries
    for (const [shard, { at }] of all) if (now - at > GONE_MS) this.#forget(all, shard)
    return all
  }
}

function demandOf({ slots, status }: Entry): Demand {
  if (status === null) return { live: slots, test: 0 }
  const { taken, waiting } = liveOf(status.lanes)
  const test = testOf(status.lanes)
  return { live: taken + waiting, test: test.taken + test.waiting }
}
