/**
 * What crosses the wire between edge and worker: one run of one edit, and its events. Knows nothing
 * of who asked.
 */

import { z } from 'zod'
import { BackboneNameSchema } from './backbone-name.ts'
import { DragsSchema, PlanOptionsSchema } from './edit/plan-options.ts'
import { SamplerSettings } from './edit/sampler-settings.ts'
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

/** {@link DragPlan} on the wire. */
const PlanSchema = z.strictObject({
  grid: gridSchema,
  sourceMask: indices,
  targets: indices,
  sources: indices,
  view: z.strictObject({ tokens: indices, positions: indices }),
  doubleView: indices,
  editRegion: indices,
})

/** {@link EditWork} on the wire: of a mask of what may change, the worker finds what moves. */
const WorkSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('planned'), plan: PlanSchema }),
  z.strictObject({
    kind: z.literal('editable'),
    drags: DragsSchema.readonly(),
    options: PlanOptionsSchema,
    within: PackedMask,
  }),
])

/**
 * Body of `PUT /v1/runs/{runId}`: signed URLs and small arrays only, no image bytes and no account.
 */
export const RunRequest = z.strictObject({
  model: BackboneNameSchema,
  /** Where the photo lies, and its size as displayed: what the plan was made for. */
  image: z.strictObject({ url: z.url(), ...size.shape }),
  workingSize: size,
  grid: gridSchema,
  work: WorkSchema,
  sampler: SamplerSettings,
  /** Where the result goes: one PUT with this content type. */
  result: z.strictObject({ url: z.url(), contentType: z.string() }),
  /** Where events go, and the bearer that lets them in. */
  events: z.strictObject({ url: z.url(), token: z.string() }),
  /** The run is given up at this time, in milliseconds since the epoch. */
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

/** Thumbnails are small: one is kept per step. */
export const MAX_PREVIEW_LENGTH = 60_000

/** Milliseconds a stage took, by its name. */
const Timings = z.record(z.string(), z.number())

/**
 * Body of `POST /internal/runs/{runId}/events`. `seq` counts from 0; an event seen before changes
 * nothing.
 */
export const RunEvent = z.discriminatedUnion('type', [
  z.strictObject({ seq: z.number().int().nonnegative(), type: z.literal('started') }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('progress'),
    step: z.number().int(),
    steps: z.number().int(),
    /** A thumbnail of what is coming, as a data URL. */
    preview: z.string().max(MAX_PREVIEW_LENGTH).startsWith('data:image/').optional(),
  }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('succeeded'),
    result: z.strictObject({ ...size.shape, bytes: z.number().int() }),
    timings: Timings,
  }),
  z.strictObject({
    seq: z.number().int().nonnegative(),
    type: z.literal('failed'),
    problem: ProblemSchema,
  }),
  z.strictObject({ seq: z.number().int().nonnegative(), type: z.literal('canceled') }),
])
export type RunEvent = z.infer<typeof RunEvent>

/** Answer of `GET /v1/runs/{runId}`. */
export const RunState = z.object({
  runId: z.string(),
  status: z.enum(['running', 'succeeded', 'failed', 'canceled']),
  /** The terminal event once there is one, so that a lost report can be read instead. */
  last: RunEvent.nullable(),
})
export type RunState = z.infer<typeof RunState>
