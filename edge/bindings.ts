/** The Worker's environment: what wrangler.toml, .dev.vars and the secrets provide. */

import type { AccountRpc } from './rpc/account/account.ts'
import type { DirectoryRpc } from './rpc/directory.ts'
import type { EditRpc } from './rpc/edit/edit.ts'
import type { OwnerRpc } from './rpc/owner.ts'
import type { ProviderRpc } from './rpc/provider.ts'

export type Bindings = {
  readonly ACCOUNTS: DurableObjectNamespace<AccountRpc>
  readonly DIRECTORY: DurableObjectNamespace<DirectoryRpc>
  readonly EDITS: DurableObjectNamespace<EditRpc>
  readonly PROVIDERS_STATE: DurableObjectNamespace<ProviderRpc>
  readonly OWNERS: DurableObjectNamespace<OwnerRpc>
  readonly BUCKET: R2Bucket
  /** Static pages; absent in tests that need none. */
  readonly ASSETS?: Fetcher
  /** Rate limit of reads per key, against abuse; exact limits are kept in the account. */
  readonly READS?: RateLimit
  /** Rate limit of plans per key. */
  readonly PLANS?: RateLimit
  /** Rate limit of masks per key. */
  readonly MASKS?: RateLimit
  /** Rate limit of links that are asked for and of links that are opened, per network address. */
  readonly SIGN_INS?: RateLimit
  /** Rate limit of Stripe's events per network address. */
  readonly EVENTS?: RateLimit
  readonly METRICS?: AnalyticsEngineDataset
  readonly [setting: string]: unknown
}
