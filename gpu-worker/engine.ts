/**
 * An engine turns a job into an edited photo. The one for transformers is edit.ts, the one without
 * them instant/engine.ts; another kind of engine implements the same function.
 */

import type { Size } from '../shared/drag.ts'
import type { RunRecord } from '../shared/edit/record.ts'
import type { SamplerSettings } from '../shared/edit/sampler-settings.ts'
import type { EditWork } from '../shared/edit/work.ts'
import { EditError } from '../shared/errors.ts'
import type { PackedMask } from '../shared/files/packed-mask.ts'
import type { Mask } from '../shared/mask.ts'
import type { Rectangle } from '../shared/segmentation/lab.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { type DecodedPhoto, decodePhoto, type SourceType } from './photo/image.ts'

/** What to edit. `work` is for a photo of `photoSize`, or its `area`, edited at `workingSize`. */
export type EditJob = {
  readonly photo: Uint8Array
  readonly photoSize: Size
  /** The part of the photo that the work is for; absent for all of it. */
  readonly area?: Rectangle | undefined
  /** What may change although nothing moves it, of the whole photo; absent for nothing. */
  readonly affects?: PackedMask | undefined
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
  /** What the picture says of who made it. */
  readonly source: SourceType
  readonly record: RunRecord
  readonly timings: Record<string, number>
  /** What moved, if it was found or refined here; absent for a mask that was used as it was sent. */
  readonly moved?: Mask
}

/** Called after each step, counted from 1, sometimes with a thumbnail (a data URL). */
export type OnProgress = (step: number, steps: number, preview?: string) => void

/** @throws EditError for a photo that cannot be decoded; the signal's reason when it is aborted */
export type Engine = (
  job: EditJob,
  onProgress: OnProgress,
  signal: AbortSignal,
) => Promise<EditResult>

/** @throws EditError for a photo that cannot be decoded or has another size */
export async function decodeJob({ photo, photoSize }: EditJob): Promise<DecodedPhoto> {
  const decoded = await decodePhoto(photo)
  if (decoded.width === photoSize.width && decoded.height === photoSize.height) return decoded
  throw new EditError(
    'image_unreadable',
    `the edit is for a photo of ${photoSize.width}x${photoSize.height}; the photo is ${decoded.width}x${decoded.height}`,
    { pointer: '/image' },
  )
}

/** Times the stages, and throws after a stage if the run was aborted. */
export class StageClock {
  readonly timings: Record<string, number> = {}
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  async time<T>(stage: string, work: Promise<T> | (() => T)): Promise<T> {
    const start = performance.now()
    const result = await (typeof work === 'function' ? work() : work)
    this.timings[stage] = Math.round(10 * (performance.now() - start)) / 10
    this.#signal.throwIfAborted()
    return result
  }
}
