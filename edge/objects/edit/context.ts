/** What the parts of an edit's object share. */

import type { Bindings } from '../../bindings.ts'
import type { Settings } from '../../settings/settings.ts'
import type { EditEvents } from './events.ts'
import type { EditState } from './state.ts'

export type EditContext = {
  readonly ctx: DurableObjectState
  readonly env: Bindings
  readonly settings: Settings
  readonly state: EditState
  readonly events: EditEvents
}
