/**
 * The method on one page: encode the reference, denoise under control, decode, keep what was not
 * dragged. Reads like the paper's algorithm; knows neither HTTP nor files.
 */

import type { Size } from '../shared/drag.ts'
import type { SamplerSettings } from '../shared/edit/sampler-settings.ts'
import type { EditWork } from '../shared/edit/work.ts'
import type { DragPlan } from '../shared/geometry/plan.ts'
import type { TokenGrid } from '../shared/token-grid.ts'
import { compositePixels } from './photo/composite.ts'
import { decodePhoto, encodePhoto, photoPixels, thumbnail, workingPixels } from './photo/image.ts'
import { resolveWork } from './photo/resolve-work.ts'
import type { Pipeline } from './pipeline/pipeline.ts'
import { controlOf } from './sampler/control.ts'
import { blendOutside, denoise, guided, type OnStep } from './sampler/denoise.ts'
import { packLatents, unpackLatents } from './sampler/latents.ts'
import { gaussianNoise } from './sampler/noise.ts'
import { averagePixels, fitPreview } from './sampler/preview.ts'
import { lambdaAt } from './sampler/schedule.ts'

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

/** The edited photo at its own size, what moved where, and the milliseconds each stage took. */
export type EditResult = Size & {
  readonly bytes: Uint8Array
  readonly plan: DragPlan
  readonly timings: Record<string, number>
}

/** Called after each step, 1-based, now and then with a thumbnail (a data URL). */
export type OnProgress = (step: number, steps: number, preview?: string) => void

/** At most so many milliseconds from one thumbnail to the next. */
const PREVIEW_MS = 400

/** @throws EditError for a photo that cannot be decoded; the signal's reason when it is aborted */
export async function editPhoto(
  job: EditJob,
  pipeline: Pipeline,
  onProgress: OnProgress,
  signal: AbortSignal,
): Promise<EditResult> {
  const { grid, sampler, workingSize } = job
  const clock = new StageClock(signal)

  const photo = await clock.time('decode', decodePhoto(job.photo))
  if (photo.width !== job.photoSize.width || photo.height !== job.photoSize.height)
    throw new Error(
      `the plan is for ${job.photoSize.width}x${job.photoSize.height}, the photo has ${photo.width}x${photo.height}`,
    )
  const { plan, within } = await resolveWork(job)
  const pixels = await clock.time('resize', workingPixels(photo, workingSize))

  const { channels } = pipeline
  const features = 4 * channels
  const encoded = await clock.time(
    'encode',
    pipeline.encode(pixels, workingSize.height, workingSize.width),
  )
  const reference = packLatents(encoded, channels, grid) // [tokens, features]
  const noise = packLatents(gaussianNoise(sampler.seed, encoded.length), channels, grid)

  const text = await clock.time('text', pipeline.encodePrompt(sampler.prompt))
  const sigmas = pipeline.schedule(sampler.steps, grid.rows * grid.cols)
  const lambdas = Array.from({ length: sampler.steps }, (_, i) =>
    lambdaAt(i, sampler.steps, sampler.lambda, sampler.lambdaSchedule),
  )
  const control = controlOf(plan)
  const run = { grid, reference, control, guidance: sampler.guidance }
  const positive = pipeline.velocity({ ...run, text })
  const velocity =
    sampler.trueGuidance > 1
      ? guided(
          positive,
          pipeline.velocity({ ...run, text: await pipeline.encodePrompt(sampler.negativePrompt) }),
          sampler.trueGuidance,
        )
      : positive
  const keepOutside = sampler.latentBlend
    ? blendOutside(reference, noise, plan.editRegion, features)
    : (x: Float32Array) => x
  const previews =
    job.previews === true
      ? fitPreview(
          reference,
          averagePixels(pixels, workingSize.height, workingSize.width, grid),
          channels,
          grid,
        )
      : null
  let shown = Number.NEGATIVE_INFINITY
  const onStep: OnStep = async (index, _, estimate) => {
    signal.throwIfAborted()
    const due = performance.now() - shown >= PREVIEW_MS
    if (previews === null || !due) return onProgress(index + 1, sampler.steps)
    shown = performance.now()
    const size = { width: 2 * grid.cols, height: 2 * grid.rows }
    onProgress(index + 1, sampler.steps, await thumbnail(previews(estimate()), size))
  }
  const latents = await clock.time(
    'denoise',
    denoise(noise, sigmas, lambdas, velocity, keepOutside, onStep),
  )

  const sample = await clock.time(
    'generate',
    pipeline.decode(unpackLatents(latents, channels, grid), grid),
  )
  const edited = await clock.time('restore', photoPixels(sample, workingSize, photo))
  const rgb = sampler.pixelComposite
    ? await clock.time('composite', () =>
        compositePixels(photo.rgb, edited, photo, workingSize, grid, plan.editRegion, within),
      )
    : edited
  const written = await clock.time('write', encodePhoto(rgb, photo, sampler.output))
  return { ...written, plan, timings: clock.timings }
}

/** Measures stages and stops between them when the run is aborted. */
class StageClock {
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
