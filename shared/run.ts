/**
 * Messages between the edge and the worker: a run of an edit, and its events. They contain nothing
 * about the caller.
 */

import { z } from 'zod'
import { InstantWork } from './edit/instant-work.ts'
import { MovesSchema } from './edit/moves/schema.ts'
import { DragsSchema, PlanOptionsSchema } from './edit/plan-options.ts'
import { RunRecord } from './edit/record.ts'
import { SamplerSettings } from './edit/sampler-settings.ts'
import { ModelNameSchema } from './edit/settings.ts'
import { isErrorCode, type Problem } from './errors.ts'
import { PackedMask } from './files/packed-mask.ts'

const size = z.strictObject({
  width: z.number().int().positive(),
  height: z.number().int().positive(),
})
const indices = z.array(z.number().int().nonnegative()).readonly()

const gridSchema = z.strictObject({
  rows: z.number().int().positive(),
  cols: z.number().int().positive(),
})

/** Schema of {@link DragPlan}. */
const PlanSchema = z.strictObject({
  grid: gridSchema,
  sourceMask: indices,
  targets: indices,
  sources: indices,
  view: z.strictObject({ tokens: indices, positions: indices }),
  doubleView: indices,
  doublePositions: indices.exactOptional(),
  editRegion: indices,
})

/** Schema of {@link Motion}. An edit of an older release has none. */
const MotionSchema = z.strictObject({
  power: PlanOptionsSchema.shape.power,
  parts: z.array(DragsSchema.readonly()).readonly(),
  partOf: indices.exactOptional(),
})

/** What the worker makes a plan from. An edit of an older release does not say all of it. */
const unplanned = {
  drags: DragsSchema.readonly(),
  options: PlanOptionsSchema.extend({
    preBlocks: PlanOptionsSchema.shape.preBlocks.default('single'),
    vacated: PlanOptionsSchema.shape.vacated.default('paper'),
    rim: PlanOptionsSchema.shape.rim.default('keep'),
    border: PlanOptionsSchema.shape.border.default(1),
  }),
  fill: z.boolean().default(false),
}

/**
 * Schema of {@link EditWork}. With an editable or an automatic mask, or boxes, the worker finds what moves; a
 * rough mask it refines first, if it has SAM. An instant edit needs no plan.
 */
const WorkSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('planned'),
    plan: PlanSchema,
    motion: MotionSchema.exactOptional(),
    held: z.strictObject({ tokens: indices, pixels: PackedMask.nullable() }).exactOptional(),
  }),
  z.strictObject({ kind: z.literal('editable'), ...unplanned, within: PackedMask }),
  z.strictObject({ kind: z.literal('rough'), ...unplanned, mask: PackedMask }),
  z.strictObject({ kind: z.literal('automatic'), ...unplanned, mask: PackedMask }),
  z.strictObject({
    kind: z.literal('boxes'),
    ...unplanned,
    mask: PackedMask,
    moves: MovesSchema,
  }),
  InstantWork,
])

/** An edit of an older release does not say how its border fades, what fills, blends drags or moves shadows, and was promised no detail. */
const Sampler = SamplerSettings.extend({
  lambdaBy: SamplerSettings.shape.lambdaBy.default('step'),
  lambdaUntil: SamplerSettings.shape.lambdaUntil.default(1),
  injected: SamplerSettings.shape.injected.default('joint'),
  paaUntil: SamplerSettings.shape.paaUntil.default(1),
  feather: SamplerSettings.shape.feather.default(8),
  detail: SamplerSettings.shape.detail.default('model'),
  filling: SamplerSettings.shape.filling.default('patches'),
  field: SamplerSettings.shape.field.default('inverse-distance'),
  shadows: SamplerSettings.shape.shadows.default('keep'),
})

/**
 * Body of `PUT /v1/runs/{runId}`. It contains only signed URLs and small arrays, no image data and no
 * account.
 */
export const RunRequest = z.strictObject({
  model: ModelNameSchema,
  /** Signed URL of the photo, and its size as displayed, which the plan was made for. */
  image: z.strictObject({ url: z.url(), ...size.shape }),
  /** The part of the photo that the work is for, in whole pixels; absent for all of it. */
  area: z
    .strictObject({ left: z.number().int(), top: z.number().int(), ...size.shape })
    .exactOptional(),
  /**
   * White on what may change although nothing moves it, of the whole photo's aspect ratio. An edit
   * without such a mask, or of an older release, has none.
   */
  affects: PackedMask.exactOptional(),
  workingSize: size,
  grid: gridSchema,
  work: WorkSchema,
  sampler: Sampler,
  /** The worker stores the result with one PUT of this content type. */
  result: z.strictObject({ url: z.url(), contentType: z.string() }),
  /** Where the worker sends events, and the bearer token for them. */
  events: z.strictObject({ url: z.url(), token: z.string() }),
  /** The run is abandoned at this time, in milliseconds since the epoch. */
  deadline: z.number().int(),
})
export type RunRequest = z.infer<typeof RunRequest>

const ProblemSchema = z.custom<Problem>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    typeof value.code === 'string' &&
    isErrorCode(value.code),
)

/** Thumbnails are small, because one is stored per step. */
export const MAX_PREVIEW_LENGTH = 60_000

/** Milliseconds per stage. */
const Timings = z.record(z.string(), z.number())

/**
 * Body of `POST /internal/runs/{runId}/events`. `seq` counts from 0; an event that was received
 * before is ignored.
 */
export const RunEvent = z.discriminatedUnion('type', [
  z.strictObject({ seq: z.number().int().nonnegative(), type: z.literal('started') }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('progress'),
    step: z.number().int(),
    steps: z.number().int(),
    /** Thumbnail of the picture so far, as a data URL. */
    preview: z.string().max(MAX_PREVIEW_LENGTH).startsWith('data:image/').optional(),
  }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('succeeded'),
    result: z.strictObject({ ...size.shape, bytes: z.number().int() }),
    timings: Timings,
    record: RunRecord.exactOptional(),
  }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('failed'),
    problem: ProblemSchema,
  }),
  z.strictObject({ seq: z.number().int().nonnegative(), type: z.literal('canceled') }),
])
export type RunEvent = z.infer<typeof RunEvent>

/** Response of `GET /v1/runs/{runId}`. */
export const RunState = z.object({
  runId: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'canceled']),
  /** The final event, if there is one: the edge reads it here if it did not receive it. */
  last: RunEvent.nullable(),
})
export type RunState = z.infer<typeof RunState>
