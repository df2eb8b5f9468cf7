/** What wrangler.toml, .dev.vars and the secrets give the Worker. */

import type { AccountObject } from './objects/account/account.ts'
import type { DirectoryObject } from './objects/directory.ts'
import type { EditObject } from './objects/edit/edit.ts'
import type { ProviderObject } from './objects/provider/provider.ts'

/** What wrangler.toml, .dev.vars and the secrets give. */
export type Bindings = {
  readonly ACCOUNTS: DurableObjectNamespace<AccountObject>
  readonly DIRECTORY: DurableObjectNamespace<DirectoryObject>
  readonly EDITS: DurableObjectNamespace<EditObject>
  readonly PROVIDERS_STATE: DurableObjectNamespace<ProviderObject>
  readonly BUCKET: R2Bucket
  /** Static pages; absent in tests that need none. */
  readonly ASSETS?: Fetcher
  /** Abuse shield for reads, by key; exact quotas are kept in the account. */
  readonly READS?: RateLimit
  /** Masks by key. */
  readonly MASKS?: RateLimit
  readonly METRICS?: AnalyticsEngineDataset
  readonly [setting: string]: unknown
}
