/** The engine of `instant`: decodes the photo, edits its pixels on a thread of their own, encodes it. */

import { instantWarnings } from '../../shared/edit/instant-work.ts'
import { planMask } from '../../shared/edit/plan-mask.ts'
import type { EngineRecord, RunRecord } from '../../shared/edit/record.ts'
import { EditError } from '../../shared/errors.ts'
import { unpackMask } from '../../shared/files/packed-mask.ts'
import { filled } from '../../shared/geometry/filled.ts'
import { defaultPlanOptions, planSizes } from '../../shared/geometry/plan.ts'
import { checkMoves } from '../../shared/geometry/warnings.ts'
import type { ShortenedDrag } from '../../shared/instant/things.ts'
import type { Mask } from '../../shared/mask.ts'
import { instantStages } from '../../shared/models.ts'
import { boundedBy } from '../../shared/segmentation/editable.ts'
import { decodeJob, type EditJob, type Engine, StageClock } from '../engine.ts'
import type { Holed } from '../inpainting/forms.ts'
import type { HoleFiller } from '../inpainting/inpainter.ts'
import type { EditSam } from '../mask/edit-sam.ts'
import { type FoundMask, findMask } from '../mask/find-mask.ts'
import { encodePhoto, thumbnail, visibleColours } from '../photo/image.ts'
import { editOnThread } from './edit-on-thread.ts'

/** Of drags without a mask, which say less of what may stretch: as much as they move it. */
const MOST_FOUND_STRETCH = 1

/**
 * @param sam finds and refines masks; null without one
 * @param inpainter null without a network that says what may be in holes
 */
export function instantEngine(
  sam: EditSam | null,
  inpainter: HoleFiller | null,
  engine: EngineRecord,
): Engine {
  return async (job, onProgress, signal) => {
    const { work, sampler } = job
    if (work.kind !== 'instant') throw new Error(`instant cannot do ${work.kind} work`)
    const network = sampler.filling === 'patches' || inpainter === null ? null : watched(inpainter)
    if (sampler.filling === 'network' && network === null)
      throw new EditError('invalid_option', 'this worker has no inpainting network', {
        pointer: '/filling',
      })
    const clock = new StageClock(signal)
    const photo = await clock.time('decode', decodeJob(job))
    const found = await clock.time('mask', findMask({ ...job, sam, signal }, work, true))
    const { mask: moves, fixed } = found
    const mask = fixed === null ? moves : either(moves, fixed)
    const edit = {
      drags: found.drags,
      mask: work.fill ? filled(mask) : mask,
      fixed,
      mostStretch: work.marks === 'automatic' ? MOST_FOUND_STRETCH : undefined,
      geometry: { ...work.options, field: sampler.field },
      seed: sampler.seed,
      within: found.within,
      shadows: sampler.shadows,
      affects: job.affects === undefined ? null : await unpackMask(job.affects),
    }
    const record = recordOf(job, found)
    const { width, height, rgb, alpha } = photo
    const visible = visibleColours(photo)
    let started = performance.now()
    let told = Promise.resolve()
    const planes = { width, height, rgb, alpha, visible }
    const { planes: edited, shortened } = await editOnThread(
      planes,
      edit,
      network,
      signal,
      (stage, look) => {
        const now = performance.now()
        clock.timings[stage] = Math.round(10 * (now - started)) / 10
        started = now
        const step = instantStages.indexOf(stage) + 1
        // In their order, although the picture of one takes a moment to be encoded.
        told = told.then(async () => {
          const preview = look === null ? undefined : await thumbnail(look.rgb, look)
          if (!signal.aborted) onProgress(step, instantStages.length, preview)
        })
      },
      job.previews === true,
    )
    await told
    const result = { ...photo, alpha: edited.alpha }
    // The network is a trained model; patches of the photo are not.
    const fingerprint = await network?.asked()
    const source = fingerprint === undefined ? 'humanEdits' : 'compositeWithTrainedAlgorithmicMedia'
    const written = encodePhoto(edited.rgb, result, sampler.output, source)
    return {
      ...(await clock.time('write', written)),
      record: {
        ...withShortened(record, shortened),
        engine: fingerprint === undefined ? engine : { ...engine, inpainter: fingerprint },
      },
      timings: clock.timings,
      ...(work.marks !== 'object' && { moved: found.mask }),
    }
  }
}

/** A network, and its fingerprint if it has been asked. */
function watched(inpainter: HoleFiller) {
  let isAsked = false
  return {
    fill(holed: Holed, signal?: AbortSignal) {
      isAsked = true
      return inpainter.fill(holed, signal)
    },
    asked: async () => (isAsked ? inpainter.fingerprint() : undefined),
  }
}

/** The record with a warning for each drag that what stays has shortened. */
function withShortened(record: RunRecord, shortened: readonly ShortenedDrag[]): RunRecord {
  if (shortened.length === 0) return record
  const more = shortened.map(({ drag, share }) => {
    const part = `${Math.round(100 * share)} %`
    const message = `drags[${drag}] goes only ${part} of the way, because what stays of the thing is too close to its handle`
    return { code: 'drag_shortened', message, drag, share: Math.round(1e4 * share) / 1e4 } as const
  })
  return { ...record, warnings: [...(record.warnings ?? []), ...more] }
}

/** White where one of two masks of a size is. */
function either(one: Mask, other: Mask): Mask {
  return { ...one, data: one.data.map((value, at) => value | (other.data[at] ?? 0)) }
}

/**
 * The sizes of the plan that is shown, and what was found of a mask that only the worker could find.
 *
 * @throws EditError `nothing_moves`, and others of the plan
 */
function recordOf({ work, grid, photoSize }: EditJob, found: FoundMask): RunRecord {
  if (work.kind !== 'instant') return {}
  const { fill, marks } = work
  const { drags } = found
  const options = { ...defaultPlanOptions, ...work.options }
  const shown = { drags, options, fill }
  const { plan, record, warnings } = planMask(photoSize, grid, shown, found.mask, found.origin)
  const exact = [...instantWarnings(warnings, drags), ...found.warnings]
  checkMoves(exact)
  const bounded = found.within === null ? plan : boundedBy(plan, found.within)
  return { plan: planSizes(bounded), ...(marks !== 'object' && { mask: record, warnings: exact }) }
}
