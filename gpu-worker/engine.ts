/**
 * An engine: whatever turns a job into an edited photo. Transformers enter through edit.ts; another
 * kind of engine implements this one function.
 */

import type { Size } from '../shared/drag.ts'
import type { SamplerSettings } from '../shared/edit/sampler-settings.ts'
import type { EditWork } from '../shared/edit/work.ts'
import type { TokenGrid } from '../shared/token-grid.ts'

/**
 * What to edit. The work is for a photo of `photoSize` and a working size of `workingSize`.
 */
export type EditJob = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  readonly workingSize: Size
  readonly grid: TokenGrid
  readonly work: EditWork
  readonly sampler: SamplerSettings
  /** Whether progress comes with thumbnails. */
  readonly previews?: boolean
}

/** The edited photo at its own size, and the milliseconds each stage took. */
export type EditResult = Size & {
  readonly bytes: Uint8Array
  readonly timings: Record<string, number>
}

/** Called after each step, 1-based, now and then with a thumbnail (a data URL). */
export type OnProgress = (step: number, steps: number, preview?: string) => void

/** @throws EditError for a photo that cannot be decoded; the signal's reason when it is aborted */
export type Engine = (
  job: EditJob,
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<EditResult>
