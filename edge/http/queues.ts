/** How the providers' queues stand, as this isolate last heard: each is asked at most once a second. */

import type { Bindings } from '../bindings.ts'
import { providerObject } from '../objects/names.ts'
import type { ProviderStatus } from '../rpc/provider.ts'

/** A status counts for this long. */
const FRESH_MS = 1000

type Heard = { readonly askedAt: number; readonly status: ProviderStatus | null }

const heard = new Map<string, Heard>()

/**
 * The provider's status; null while the first answer, or one after a pause, is still under way for
 * another request, and where the provider cannot be asked: an edit is then accepted without it.
 */
export async function queueOf(env: Bindings, provider: string): Promise<ProviderStatus | null> {
  const now = Date.now()
  const known = heard.get(provider)
  if (known !== undefined && Math.abs(now - known.askedAt) < FRESH_MS) return known.status
  // Requests that come meanwhile do not ask again; what was heard in the second before still counts.
  const recent = known !== undefined && Math.abs(now - known.askedAt) < 2 * FRESH_MS
  heard.set(provider, { askedAt: now, status: recent ? known.status : null })
  try {
    const status = await providerObject(env, provider).status()
    heard.set(provider, { askedAt: now, status })
    return status
  } catch (error) {
    console.error(JSON.stringify({ message: 'provider not asked', provider, error: String(error) }))
    return null
  }
}
