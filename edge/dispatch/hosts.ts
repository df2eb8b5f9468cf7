/** The hosts we know, by the kind that a provider's configuration names. */

import type { ProviderConfig } from '../settings/providers.ts'
import type { Environment, Settings } from '../settings/settings.ts'
import type { Host } from './host.ts'
import { HttpHost } from './http.ts'
import { RunPodHost } from './runpod.ts'

/** The host that a provider's configuration describes. */
export function hostOf(config: ProviderConfig, settings: Settings, env: Environment): Host {
  return config.kind === 'http'
    ? new HttpHost(config, settings, env)
    : new RunPodHost(config, settings, env)
}
