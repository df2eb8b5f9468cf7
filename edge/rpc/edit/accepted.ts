/** An edit as it was accepted: everything a run needs, and nothing that changes. */

import type { BackboneName } from '../../../shared/backbones.ts'
import type { Size } from '../../../shared/drag.ts'
import type { SamplerSettings } from '../../../shared/edit.ts'
import type { DragPlan, planSizes } from '../../../shared/geometry/plan.ts'
import type { RunRequest } from '../../../shared/run.ts'
import type { Mode, Region } from '../../access/keys.ts'
import type { Payer } from '../account/ledger.ts'

/** Times are epoch ms. */
export type AcceptedEdit = {
  readonly account: string
  readonly region: Region
  readonly id: string
  readonly mode: Mode
  readonly payer: Payer
  readonly model: BackboneName
  readonly image: Size & { readonly key: string }
  readonly workingSize: Size
  readonly plan: DragPlan
  /** What the worker needs to plan again, where the mask says what may change. */
  readonly find: RunRequest['find']
  readonly sampler: SamplerSettings
  readonly metadata: Readonly<Record<string, string>>
  readonly price: { readonly amount: number; readonly version: string }
  readonly createdAt: number
  /** The edit has reached a final state by then. */
  readonly deadline: number
  /** When the caller wants it canceled if it is not done (Cancel-After). */
  readonly cancelAt: number | null
}

/** What of an accepted edit is shown: no index maps, no prompts. */
export type EditSummary = Pick<
  AcceptedEdit,
  'model' | 'mode' | 'workingSize' | 'metadata' | 'price' | 'createdAt'
> & {
  readonly seed: number
  readonly steps: number
  readonly image: Size
  readonly plan: ReturnType<typeof planSizes>
}
