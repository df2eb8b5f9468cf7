/**
 * How the providers' queues stand, as this isolate last heard: each is asked about once a second. Of a
 * queue that is split, one shard stands for all, another one each time: so no object is asked by every
 * isolate at once.
 */

import type { Place } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import { providerObject, queueNameOf, shardsOf } from '../objects/names.ts'
import type { ProviderConfig } from '../settings/providers.ts'
import type { KnownQueue } from '../use-cases/edits/admission/newcomers.ts'

/** A status counts for this long, and for twice as long while the provider is asked again. */
const FRESH_MS = 1000

/** What an isolate has heard, and when it asked. */
export class Queues {
  readonly #clock: () => number
  readonly #heard = new Map<string, KnownQueue>()
  /** When each queue was last asked about. */
  readonly #asked = new Map<string, number>()

  constructor(clock: () => number) {
    this.#clock = clock
  }

  /**
   * A provider's queue; null where it cannot be asked: an edit is then accepted without it. An isolate's
   * requests cannot wait for each other's calls, so where nothing recent is known each makes its own.
   */
  async of(env: Bindings, provider: ProviderConfig, region: Place): Promise<KnownQueue | null> {
    const { name, models } = provider
    const parts = shardsOf(provider)
    const shard = parts === 0 ? null : { region, number: Math.floor(parts * Math.random()) }
    // What is known of one shard counts for the others of its region.
    const place = shard === null ? name : `${name}/${region}`
    const now = this.#clock()
    const known = this.#heard.get(place)
    const within = (milliseconds: number, at: number) => Math.abs(now - at) < milliseconds
    if (known !== undefined) {
      if (within(FRESH_MS, known.askedAt)) return known
      // It is being asked again, by another request.
      const asking = within(FRESH_MS, this.#asked.get(place) ?? 0)
      if (asking && within(2 * FRESH_MS, known.askedAt)) return known
    }
    this.#asked.set(place, now)
    try {
      const object = providerObject(env, name, shard)
      const status = await object.status(queueNameOf(name, shard))
      const queue = { status, models, parts: Math.max(1, parts), askedAt: now }
      this.#heard.set(place, queue)
      return queue
    } catch (error) {
      console.error(JSON.stringify({ message: 'provider not asked', place, error: String(error) }))
      return null
    }
  }
}
