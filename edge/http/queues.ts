/**
 * How the providers' queues stand, as this isolate last heard: each is asked about once a second. Of a
 * queue that is split, one shard stands for all, another one each time: so no object is asked by every
 * isolate at once.
 */

import type { Place } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import { providerObject, queueNameOf, shardsOf } from '../objects/names.ts'
import type { ProviderConfig } from '../settings/providers.ts'
import type { KnownQueue } from '../use-cases/edits/newcomers.ts'

/** A status counts for this long, and for twice as long while the provider is asked again. */
const FRESH_MS = 1000

const heard = new Map<string, KnownQueue>()
/** When each provider was last asked. */
const asked = new Map<string, number>()

/**
 * A provider's queue; null where it cannot be asked: an edit is then accepted without it. An isolate's
 * requests cannot wait for each other's calls, so where nothing recent is known each makes its own.
 */
export async function queueOf(
  env: Bindings,
  provider: ProviderConfig,
  region: Place,
): Promise<KnownQueue | null> {
  const { models } = provider
  const parts = shardsOf(provider)
  const shard = parts === 0 ? null : { region, number: Math.floor(parts * Math.random()) }
  const object = providerObject(env, provider.name, shard)
  // What is known of one shard counts for the others of its region.
  const place = parts === 0 ? provider.name : `${provider.name}/${region}`
  const now = Date.now()
  const known = heard.get(place)
  const within = (milliseconds: number, at: number) => Math.abs(now - at) < milliseconds
  if (known !== undefined) {
    if (within(FRESH_MS, known.askedAt)) return known
    // It is being asked again, by another request.
    const asking = within(FRESH_MS, asked.get(place) ?? 0)
    if (asking && within(2 * FRESH_MS, known.askedAt)) return known
  }
  asked.set(place, now)
  try {
    const status = await object.status(queueNameOf(provider.name, shard))
    const queue = { status, models, parts: Math.max(1, parts), askedAt: now }
    heard.set(place, queue)
    return queue
  } catch (error) {
    console.error(JSON.stringify({ message: 'provider not asked', place, error: String(error) }))
    return null
  }
}
