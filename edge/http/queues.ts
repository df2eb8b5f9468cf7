/** How the providers' queues stand, as this isolate last heard: each is asked about once a second. */

import type { Bindings } from '../bindings.ts'
import { providerObject } from '../objects/names.ts'
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
  { name, models }: ProviderConfig,
): Promise<KnownQueue | null> {
  const now = Date.now()
  const known = heard.get(name)
  const within = (milliseconds: number, at: number) => Math.abs(now - at) < milliseconds
  if (known !== undefined) {
    if (within(FRESH_MS, known.askedAt)) return known
    // It is being asked again, by another request.
    const asking = within(FRESH_MS, asked.get(name) ?? 0)
    if (asking && within(2 * FRESH_MS, known.askedAt)) return known
  }
  asked.set(name, now)
  try {
    const queue = { status: await providerObject(env, name).status(name), models, askedAt: now }
    heard.set(name, queue)
    return queue
  } catch (error) {
    console.error(JSON.stringify({ message: 'provider not asked', name, error: String(error) }))
    return null
  }
}
