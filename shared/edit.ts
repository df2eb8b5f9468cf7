/**
 * The wire: what a caller asks for, as schemas, and how a body that does not fit is refused. Knows
 * nothing of HTTP.
 */

import { z } from 'zod'
import { type BackboneName, backboneNames, backbones } from './backbones.ts'
import { MAX_DRAGS } from './drag.ts'
import { EditError, type ErrorCode } from './errors.ts'
import { defaultPlanOptions, type PlanOptions } from './geometry/plan.ts'

export const MAX_PROMPT_LENGTH = 10_000

const PointSchema = z.strictObject({ x: z.number(), y: z.number() }).meta({
  id: 'Point',
  description:
    'Continuous pixels of the image as displayed, origin at the top-left corner; a click on column i is x = i + 0.5.',
})

const DragSchema = z.strictObject({ handle: PointSchema, target: PointSchema }).meta({
  id: 'Drag',
  description:
    'Take what is at the handle and put it at the target. Equal points make a pin, which holds its place.',
})

const drags = z.array(DragSchema).min(1).max(MAX_DRAGS)
const model = z.enum(backboneNames as [BackboneName, ...BackboneName[]]).default('embedded')
const profile = z.enum(['default', 'paper']).default('default').meta({
  description:
    'default: what we believe best. paper: the letter of the paper (scope global, view scatter, no pixel composite).',
})

/** The switches of the geometry; what is left out follows the profile. */
const planFields = {
  scope: z.enum(['component', 'global']).optional(),
  power: z.number().gt(0).max(16).optional(),
  strategy: z.enum(['reverse-user', 'forward-source', 'reverse-inferred']).optional(),
  view: z.enum(['gather', 'scatter']).optional(),
  pre: z.boolean().optional(),
  oam: z.boolean().optional(),
}

const OutputSchema = z.strictObject({
  format: z.enum(['png', 'jpeg', 'webp']).default('png'),
  quality: z.number().int().min(1).max(100).default(90),
  maxSize: z.number().int().min(64).max(40_000).optional().meta({
    description:
      'Longest side of the result, in pixels; the photo’s own size where it is left out.',
  }),
})

/** Words of the caller's own, echoed in every answer. */
export const MetadataSchema = z
  .record(z.string().regex(/^[\w.-]{1,40}$/), z.string().max(200))
  .refine((record) => Object.keys(record).length <= 16, { message: 'at most 16 entries' })
  .meta({ description: 'Up to 16 entries, echoed in answers and events; lists filter by them.' })

/** A photo that lies with us already: an upload, or another edit's result. */
export const StoredImage = z
  .union([
    z.strictObject({ upload: z.string().regex(/^upl_[0-9a-f]{32}$/) }),
    z.strictObject({ edit: z.string().regex(/^edit_[0-9a-f]{48}$/) }),
  ])
  .meta({ description: 'An upload, or the result of another edit to go on from.' })
export type StoredImage = z.infer<typeof StoredImage>

/** The switches of the sampler. */
const samplerFields = {
  prompt: z.string().max(MAX_PROMPT_LENGTH).default(''),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'Equal seeds give equal noise on every machine. One is drawn and reported where none is given.',
  }),
  steps: z.number().int().min(1).max(50).optional(),
  guidance: z.number().min(0).max(20).optional(),
  negativePrompt: z.string().max(MAX_PROMPT_LENGTH).default(''),
  trueGuidance: z.number().min(1).max(20).default(1).meta({
    description: 'Guidance with a negative prompt, over 1: two passes of the backbone a step.',
  }),
  lambda: z
    .number()
    .min(0)
    .max(1)
    .default(0.5)
    .meta({ description: 'Strength of the token injection at the first step.' }),
  lambdaSchedule: z.enum(['cosine', 'constant']).default('cosine'),
  latentBlend: z
    .boolean()
    .optional()
    .meta({ description: 'Keep the latents outside the edit region on the reference.' }),
  pixelComposite: z.boolean().optional().meta({
    description:
      'Keep the pixels outside the edit region, and outside the mask where maskKind is editable, bit for bit. On by default, off in the profile paper; that nothing outside changes holds only while it is on, and only in a PNG of the photo’s own size.',
  }),
  output: OutputSchema.default({ format: 'png', quality: 90 }),
}

/** Everything of a create but its two files. */
export const EditSettings = z.strictObject({
  drags,
  model,
  profile,
  ...planFields,
  maskKind: z.enum(['object', 'editable']).default('object').meta({
    description:
      'object: the mask is white on the thing that moves. editable: white on what may change; the thing is found inside, from the handles, by the worker, and no pixel outside changes (see pixelComposite).',
  }),
  ...samplerFields,
  metadata: MetadataSchema.default({}),
  maxCost: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description: 'In micro-units: an edit that costs more is refused with spend_limit.',
  }),
})
export type EditSettings = z.infer<typeof EditSettings>

/** Body of `POST /v1/edits` as JSON. */
export const CreateEdit = EditSettings.extend({
  image: z.union([
    z.string().meta({
      description:
        'An https URL (not with a client token), or a data URL in base64. PNG, JPEG or WebP.',
    }),
    StoredImage,
  ]),
  mask: z.string().optional().meta({
    description:
      'Data URL of a PNG, white on what moves, of the shape of the image; made around the handles where there is none.',
  }),
}).meta({ id: 'CreateEdit' })

/**
 * Body of `POST /v1/plan`: the geometry alone needs the size of the image as displayed, not its
 * pixels.
 */
export const CreatePlan = z
  .strictObject({
    image: z.strictObject({
      width: z.number().int().min(1).max(40_000_000),
      height: z.number().int().min(1).max(40_000_000),
    }),
    drags,
    mask: z.string().optional(),
    model,
    profile,
    ...planFields,
    steps: samplerFields.steps,
    trueGuidance: samplerFields.trueGuidance,
  })
  .meta({ id: 'CreatePlan' })

export type CreatePlan = z.infer<typeof CreatePlan>

/** The settings with every default filled in from profile and backbone. */
export type ResolvedSettings = {
  readonly model: BackboneName
  readonly plan: PlanOptions
  readonly sampler: SamplerSettings
}

/** What the sampler is told; the worker receives exactly this. */
export const SamplerSettings = z.strictObject({
  prompt: z.string(),
  seed: z.number().int(),
  steps: z.number().int().min(1),
  guidance: z.number().nullable(),
  negativePrompt: z.string(),
  trueGuidance: z.number().min(1),
  lambda: z.number(),
  lambdaSchedule: z.enum(['cosine', 'constant']),
  latentBlend: z.boolean(),
  pixelComposite: z.boolean(),
  output: OutputSchema,
})
export type SamplerSettings = z.infer<typeof SamplerSettings>

/** The geometry's switches on the wire. */
export const PlanOptionsSchema = z.strictObject({
  scope: planFields.scope.unwrap(),
  power: planFields.power.unwrap(),
  strategy: planFields.strategy.unwrap(),
  view: planFields.view.unwrap(),
  pre: z.boolean(),
  oam: z.boolean(),
})

/** Drags on the wire. */
export const DragsSchema = drags

/** The part of a request that switches the geometry. */
type PlanSwitches = Omit<
  CreatePlan,
  'image' | 'mask' | 'drags' | 'model' | 'steps' | 'trueGuidance'
>

/** The geometry's switches of a request, after its profile. */
export function planOptions(settings: PlanSwitches): PlanOptions {
  const base: PlanOptions =
    settings.profile === 'paper'
      ? { ...defaultPlanOptions, scope: 'global', view: 'scatter' }
      : defaultPlanOptions
  return {
    scope: settings.scope ?? base.scope,
    power: settings.power ?? base.power,
    strategy: settings.strategy ?? base.strategy,
    view: settings.view ?? base.view,
    pre: settings.pre ?? base.pre,
    oam: settings.oam ?? base.oam,
  }
}

/** Fills in what a request leaves open. @param drawSeed called where it names no seed */
export function resolveSettings(settings: EditSettings, drawSeed: () => number): ResolvedSettings {
  const backbone = backbones[settings.model]
  return {
    model: settings.model,
    plan: planOptions(settings),
    sampler: {
      prompt: settings.prompt,
      seed: settings.seed ?? drawSeed(),
      steps: settings.steps ?? backbone.steps.default,
      guidance: backbone.guidance === null ? null : (settings.guidance ?? backbone.guidance),
      negativePrompt: settings.negativePrompt,
      trueGuidance: settings.trueGuidance,
      lambda: settings.lambda,
      lambdaSchedule: settings.lambdaSchedule,
      latentBlend: settings.latentBlend ?? true,
      pixelComposite: settings.pixelComposite ?? settings.profile !== 'paper',
      output: settings.output,
    },
  }
}

/** A seed from the platform's random numbers. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number
}

/**
 * Parses a body, or refuses it with the code of its first fault. Faults of form (`invalid_request`)
 * come before faults of value.
 *
 * @throws EditError
 */
export function parseRequest<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body, { reportInput: true })
  if (parsed.success) return parsed.data
  const refusals = parsed.error.issues.map(refusalOf)
  throw refusals.find((refusal) => refusal.code === 'invalid_request') ?? (refusals[0] as EditError)
}

function refusalOf(issue: z.core.$ZodIssue): EditError {
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] as string] : issue.path
  const pointer = path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
  return new EditError(
    codeOf(issue),
    `${pointer || 'the body'}: ${issue.message}${shown(issue.input)}`,
    { pointer },
  )
}

/** The offending value, if it is short; of a long text (a prompt, an image) only the length. */
function shown(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return ` (got ${input})`
  if (typeof input !== 'string') return ''
  return input.length > 60 ? ` (got ${input.length} characters)` : ` (got ${JSON.stringify(input)})`
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const [field] = issue.path
  const top = issue.path.length === 1
  if (issue.code === 'unrecognized_keys') return 'invalid_request'
  const mistyped = issue.code === 'invalid_type' || issue.code === 'invalid_union'
  if (top && mistyped && issue.input === undefined) {
    if (field === 'image') return 'image_missing'
    if (field === 'drags') return 'no_drags'
  }
  // A number that should be whole is a value out of range, not another type; text where a number
  // belongs is.
  const wrongType =
    issue.code === 'invalid_type' && !(issue.expected === 'int' && Number.isFinite(issue.input))
  const wrongWord = issue.code === 'invalid_value' && typeof issue.input !== 'string'
  if (wrongType || wrongWord || issue.code === 'invalid_union') return 'invalid_request'
  if (top && field === 'drags') return issue.code === 'too_small' ? 'no_drags' : 'too_many_drags'
  if (top && field === 'model') return 'unknown_model'
  if (top && (field === 'prompt' || field === 'negativePrompt')) return 'prompt_too_long'
  return 'invalid_option'
}
