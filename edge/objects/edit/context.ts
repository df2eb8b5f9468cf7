/** What the parts of an edit's object share. */

import type { Bindings, Settings } from '../../env.ts'
import type { EditEvents } from './events.ts'
import type { EditState } from './state.ts'

export type EditContext = {
  readonly ctx: DurableObjectState
  readonly env: Bindings
  readonly settings: Settings
  readonly state: EditState
  readonly events: EditEvents
}
