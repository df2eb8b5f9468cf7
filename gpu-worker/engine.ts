/**
 * An engine turns a job into an edited photo. The one for transformers is edit.ts; another kind of
 * engine implements the same function.
 */

import type { Size } from '../shared/drag.ts'
import type { RunRecord } from '../shared/edit/record.ts'
import type { SamplerSettings } from '../shared/edit/sampler-settings.ts'
import type { EditWork } from '../shared/edit/work.ts'
import type { TokenGrid } from '../shared/token-grid.ts'

/** What to edit. `work` is for a photo of `photoSize`, edited at `workingSize`. */
export type EditJob = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  readonly workingSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  readonly sampler: SamplerSettings
  /** Whether to send thumbnails with the progress. */
  readonly previews?: boolean
}

/** The edited photo with its size, what it was made with, and the milliseconds of each stage. */
export type EditResult = Size & {
  readonly bytes: Uint8Array
  readonly record: RunRecord
  readonly timings: Record<string, number>
}

/** Called after each step, counted from 1, sometimes with a thumbnail (a data URL). */
export type OnProgress = (step: number, steps: number, preview?: string) => void

/** @throws EditError for a photo that cannot be decoded; the signal's reason when it is aborted */
export type Engine = (
  job: EditJob,
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<EditResult>
