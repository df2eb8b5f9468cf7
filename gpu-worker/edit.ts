/**
 * The method on one page: encode the reference, denoise under control, decode, restore the pixels
 * outside the edit region. Reads like the paper's algorithm; knows nothing of HTTP, files or the
 * backbone's family.
 */

import type { RunRecord } from '../shared/edit/record.ts'
import { type DragPlan, planSizes } from '../shared/geometry/plan.ts'
import { checkMoves } from '../shared/geometry/warnings.ts'
import type { OpenBackbone } from './backbones/family.ts'
import { decodeJob, type EditJob, type EditResult, type OnProgress, StageClock } from './engine.ts'
import type { EditSam } from './mask/edit-sam.ts'
import { compositePixels } from './photo/composite.ts'
import { encodePhoto, thumbnail, visibleColours, workingPixels } from './photo/image.ts'
import { changingTokens, keptPixels } from './photo/kept.ts'
import { movedAlpha } from './photo/moved-alpha.ts'
import { affectedArea } from './photo/restore/affected.ts'
import { partOf, withPart } from './photo/restore/area.ts'
import { restored } from './photo/restore/restore.ts'
import { type ResolvedWork, resolveWork } from './resolve-work.ts'
import { denoise, guided, type OnStep } from './sampler/denoise.ts'
import {
  type EditingStrategy,
  type VelocityBeside,
  vaeEncoded,
} from './sampler/editing-strategy.ts'
import { lambdasOf } from './sampler/schedule.ts'

/** Least milliseconds from one thumbnail to the next. */
const PREVIEW_MS = 400

/**
 * @param sam finds and refines masks; null without one
 * @param strategy what denoising begins with and sees; another one only for comparison
 * @throws EditError for a photo that cannot be decoded or has another size, and `nothing_moves`; the
 * signal's reason when it is aborted
 */
export async function editPhoto(
  job: EditJob,
  backbone: OpenBackbone,
  onProgress: OnProgress,
  signal: AbortSignal,
  sam: EditSam | null = null,
  strategy: EditingStrategy = vaeEncoded,
): Promise<EditResult & { readonly plan: DragPlan }> {
  const { area, grid, sampler, workingSize } = job
  const clock = new StageClock(signal)

  const whole = await clock.time('decode', decodeJob(job))
  const photo = area === undefined ? whole : partOf(whole, area)
  const { plan, motion, within, held, found, moved } = await resolveWork({ ...job, sam, signal })
  if (found !== null) checkMoves(found.warnings)
  const here = area ?? { left: 0, top: 0, ...job.photoSize }
  const affected =
    job.affects === undefined
      ? null
      : await affectedArea(job.affects, job.photoSize, here, workingSize, grid, plan.editRegion)
  const free = [...plan.editRegion, ...(affected?.tokens ?? [])]
  const region = changingTokens(free, grid, held)
  const kept = keptPixels(photo, grid, within, held)
  const visible = visibleColours(photo)
  const pixels = await clock.time('resize', workingPixels(visible, photo, workingSize))
  const working = { ...workingSize, pixels }

  const reference = await clock.time('encode', backbone.encode(working, signal)) // [tokens, features]
  const noise = backbone.noise(sampler.seed, grid) // [tokens, features]
  const tokens = grid.rows * grid.cols

  const condition = (prompt: string) => backbone.condition({ prompt, photo: working }, signal)
  const conditioning = await clock.time('text', condition(sampler.prompt))
  const sigmas = backbone.schedule(sampler.steps, tokens)
  const lambdas = lambdasOf(sigmas, sampler)
  const negative = sampler.trueGuidance > 1 ? await condition(sampler.negativePrompt) : null
  const velocityBeside: VelocityBeside = (beside, steering) => {
    const asked = steering === 'asked'
    const guidance = asked || sampler.guidance === null ? sampler.guidance : 1
    const run = { grid, ...beside, guidance }
    const positive = backbone.velocity({ ...run, conditioning }, signal)
    if (negative === null || !asked) return positive
    const away = backbone.velocity({ ...run, conditioning: negative }, signal)
    return guided(positive, away, sampler.trueGuidance)
  }
  // A thumbnail shows the whole photo, or there is none.
  const wanted = job.previews === true && area === undefined
  const previews = wanted ? backbone.previews(reference, working) : null
  let shown = Number.NEGATIVE_INFINITY
  const onStep: OnStep = async (index, _, estimate) => {
    signal.throwIfAborted()
    const due = performance.now() - shown >= PREVIEW_MS
    if (previews === null || !due) return onProgress(index + 1, sampler.steps)
    shown = performance.now()
    const shot = previews(estimate())
    onProgress(index + 1, sampler.steps, await thumbnail(shot.rgb, shot))
  }
  const inputs = { plan, region, reference, noise, sigmas, sampler, velocityBeside }
  const denoised = async () => {
    const { start, velocity, afterStep } = await strategy(inputs)
    return denoise(start, sigmas, lambdas, velocity, afterStep, onStep) // [tokens, features]
  }
  const latents = await clock.time('denoise', denoised())

  const decoded = await clock.time('generate', backbone.decode(latents, grid, signal))
  const picture = {
    picture: decoded,
    reference: pixels,
    workingSize,
    visible,
    photo,
    plan,
    motion,
    affected: affected?.tokens ?? [],
    region,
  }
  const edited = await clock.time('restore', restored(picture, sampler))
  const rgb = sampler.pixelComposite
    ? await clock.time('composite', () =>
        compositePixels(
          photo.rgb,
          visible,
          edited,
          photo,
          workingSize,
          grid,
          plan.editRegion,
          kept,
          sampler.feather,
          affected,
          keptPixels(photo, grid, null, held),
        ),
      )
    : edited
  const alpha = photo.alpha && movedAlpha(photo.alpha, photo, plan, kept)
  const part = { ...photo, rgb, alpha }
  const result = area === undefined ? part : withPart(whole, area, part)
  const written = await clock.time('write', encodePhoto(result.rgb, result, sampler.output))
  const record = recordOf(plan, found)
  return { ...written, plan, record, timings: clock.timings, ...(moved !== null && { moved }) }
}

/** What is recorded of a plan that was made here. */
function recordOf(plan: DragPlan, found: ResolvedWork['found']): RunRecord {
  return found === null ? {} : { ...found, plan: planSizes(plan) }
}
