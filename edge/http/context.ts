/** Hono's generics for this app. */

import type { Place } from '../access/keys.ts'
import type { Bindings } from '../bindings.ts'
import type { Settings } from '../settings/settings.ts'
import type { Caller } from '../use-cases/tenant.ts'

/** The owner of an account, signed in to the console. */
export type Owner = {
  readonly email: string
  readonly account: string
  readonly region: Place
  /** Digest of the address: the name of the owner's object. */
  readonly name: string
  /** Id of the session. */
  readonly session: string
}

export type App = {
  Bindings: Bindings
  /** `owner` is set below `/console/api` alone. */
  Variables: { settings: Settings; requestId: string; caller: Caller; owner: Owner }
}
