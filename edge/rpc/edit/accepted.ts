/** An edit as it was accepted: everything a run needs, and nothing that changes. */

import type { Size } from '../../../shared/drag.ts'
import type { EditRecord } from '../../../shared/edit/record.ts'
import type { SamplerSettings } from '../../../shared/edit/sampler-settings.ts'
import type { Warning } from '../../../shared/edit/warning.ts'
import type { EditWork } from '../../../shared/edit/work.ts'
import type { PackedMask } from '../../../shared/files/packed-mask.ts'
import { planSizes } from '../../../shared/geometry/plan.ts'
import type { ModelName } from '../../../shared/models.ts'
import type { Rectangle } from '../../../shared/segmentation/lab.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import type { Mode, Place } from '../../access/keys.ts'
import type { Payer } from '../account/ledger.ts'

/** Times are epoch ms. */
export type AcceptedEdit = {
  readonly account: string
  readonly region: Place
  readonly id: string
  readonly mode: Mode
  readonly payer: Payer
  readonly model: ModelName
  readonly image: Size & {
    readonly key: string
    /** The upload that the photo is a copy of, if it is one. */
    readonly upload?: string | undefined
  }
  /** The part of the photo that the work is for; absent for all of it. */
  readonly area?: Rectangle
  /** What may change although nothing moves it, of the whole photo; absent for nothing. */
  readonly affects?: PackedMask
  readonly workingSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  /** What was known to surprise before the run. Edits of an older release have neither this nor a record. */
  readonly warnings?: readonly Warning[]
  readonly record?: EditRecord
  readonly sampler: SamplerSettings
  readonly metadata: Readonly<Record<string, string>>
  /** How long the caller wants it kept; absent for as long as the service keeps edits. */
  readonly retention?: string
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
  | 'model'
  | 'mode'
  | 'area'
  | 'workingSize'
  | 'metadata'
  | 'price'
  | 'createdAt'
  | 'warnings'
  | 'record'
  | 'retention'
> & {
  readonly seed: number
  readonly steps: number
  readonly image: Size
  /** Absent for an editable mask: the worker makes that plan. */
  readonly plan?: ReturnType<typeof planSizes>
}

/** The part of an accepted edit that is shown. */
export function summaryOf(accepted: AcceptedEdit): EditSummary {
  const { model, mode, workingSize, metadata, price, createdAt, image, sampler, work } = accepted
  const { area, warnings, record, retention } = accepted
  return {
    model,
    mode,
    ...(area !== undefined && { area }),
    workingSize,
    metadata,
    price,
    createdAt,
    seed: sampler.seed,
    steps: sampler.steps,
    image: { width: image.width, height: image.height },
    ...(work.kind === 'planned' && { plan: planSizes(work.plan) }),
    ...(warnings !== undefined && { warnings }),
    ...(record !== undefined && { record }),
    ...(retention !== undefined && { retention }),
  }
}

/** What is left of an accepted edit once it is over: no drags, no masks, no prompts. */
export type KeptEdit = Pick<AcceptedEdit, 'account' | 'region' | 'id' | 'payer'> & {
  readonly summary: EditSummary
  readonly image: Pick<AcceptedEdit['image'], 'key'>
}

/** What an edit keeps after its end. */
export function keptOf(accepted: AcceptedEdit): KeptEdit {
  const { account, region, id, payer, image } = accepted
  return { account, region, id, payer, image: { key: image.key }, summary: summaryOf(accepted) }
}

/** What a deleted edit keeps: nothing that came with it. */
export function withoutMetadata(kept: KeptEdit): KeptEdit {
  const { warnings: _, record: __, ...summary } = kept.summary
  return { ...kept, summary: { ...summary, metadata: {} } }
}
