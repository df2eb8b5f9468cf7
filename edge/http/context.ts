/** Hono's generics for this app. */

import type { Bindings } from '../bindings.ts'
import type { Settings } from '../settings/settings.ts'
import type { Caller } from '../use-cases/tenant.ts'

export type App = {
  Bindings: Bindings
  Variables: { settings: Settings; requestId: string; caller: Caller }
}
