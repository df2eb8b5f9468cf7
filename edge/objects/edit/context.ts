/** What the parts of an edit's object share, and how they reach the rest of the world. */

import type { Place } from '../../access/keys.ts'
import type { Bindings } from '../../bindings.ts'
import type { Host } from '../../dispatch/host.ts'
import { hostOf } from '../../dispatch/hosts.ts'
import type { AccountRpc } from '../../rpc/account/account.ts'
import type { ProviderRpc } from '../../rpc/provider.ts'
import { type Settings, settingsOf } from '../../settings/settings.ts'
import { accountObject, providerObject, type Shard } from '../names.ts'
import { EditEvents } from './events.ts'
import { EditStore } from './store.ts'

export type EditContext = {
  readonly ctx: DurableObjectState
  readonly settings: Settings
  readonly store: EditStore
  readonly events: EditEvents
  readonly bucket: R2Bucket
  readonly findAccount: (region: Place, account: string) => DurableObjectStub<AccountRpc>
  readonly findQueue: (provider: string, shard: Shard) => DurableObjectStub<ProviderRpc>
  /** @throws Error for a provider that is no longer configured */
  readonly findHost: (provider: string) => Host
}

export function openEdit(ctx: DurableObjectState, env: Bindings): EditContext {
  const { sql } = ctx.storage
  const settings = settingsOf(env)
  return {
    ctx,
    settings,
    store: new EditStore(sql),
    events: new EditEvents(sql),
    bucket: env.BUCKET,
    findAccount: (region, account) => accountObject(env, region, account),
    findQueue: (provider, shard) => providerObject(env, provider, shard),
    findHost: (provider) => {
      const config = settings.PROVIDERS.find(({ name }) => name === provider)
      if (config === undefined) throw new Error(`provider ${provider} is no longer configured`)
      return hostOf(config, settings, env)
    },
  }
}
