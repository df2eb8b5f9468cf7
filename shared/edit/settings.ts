/** The settings of an edit: all fields of the request except photo and mask. */

import { z } from 'zod'
import { EditError } from '../errors.ts'
import { forBackbones, isBackbone, type ModelName, modelNames } from '../models.ts'
import { dragFields, planFields, profile, workingArea } from './plan-options.ts'
import { samplerFields } from './sampler-settings.ts'

/** The names of models. */
export const ModelNameSchema = z.enum(modelNames as [ModelName, ...ModelName[]])

export const model = ModelNameSchema.optional().meta({
  description:
    'What makes the picture. instant: moves the photo’s own pixels, without a transformer; it takes no prompt and no option of the transformers. Default: the best model that the key or client token may use and a worker serves, otherwise instant.',
})

/** The caller's own labels. */
export const MetadataSchema = z
  .record(z.string().regex(/^[\w.-]{1,40}$/), z.string().max(200))
  .refine((record) => Object.keys(record).length <= 16, { message: 'at most 16 entries' })
  .meta({
    description:
      'Up to 16 entries of your own, returned with the edit and in webhooks. Lists can be filtered by them.',
  })

/** Hours or days, such as `6h` and `3d`; or `none`. */
export const RETENTION = /^(?:none|[1-9]\d{0,2}h|[1-9]\d?d)$/

/** Body of `POST /v1/edits` without its two files. */
export const EditSettings = z.strictObject({
  ...dragFields,
  model,
  profile,
  ...planFields,
  workingArea,
  maskKind: z.enum(['object', 'editable']).default('object').meta({
    description:
      'object: the mask is white on what moves (with scope thing, each colour is a thing). editable: the mask is white on what may change; the worker finds the things at the handles in it, by SAM if it has one, else by colours, and nothing outside the mask changes, except what affects marks (see pixelComposite). Default: object. Paper: object, refined by SAM.',
  }),
  ...samplerFields,
  metadata: MetadataSchema.default({}),
  retention: z
    .string()
    .regex(RETENTION, { message: 'none, or a time such as 1h or 7d' })
    .optional()
    .meta({
      description:
        'How long the edit is kept after its end: `1h`, `6h`, `7d`, at most as long as the service keeps edits. Then it is deleted as if by `DELETE`: photo, result, prompt, events and metadata. `none`: it is deleted soon after its result was fetched from `/result`, at the latest an hour after its end. Default: as long as the service keeps edits.',
    }),
  maxCost: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'The highest price of the edit, in micro-units. If it costs more, it is rejected with spend_limit.',
  }),
})
export type EditSettings = z.infer<typeof EditSettings>

/** Settings that name their model. */
export type WithModel<T> = Omit<T, 'model'> & { readonly model: ModelName }

/**
 * Names the model of a request.
 *
 * @param fallback for a request that leaves it out
 * @throws EditError `invalid_option` for an option that the model does not read
 */
export function withModel<T extends Partial<EditSettings>>(
  settings: T,
  fallback: ModelName,
): WithModel<T> {
  const { model = fallback } = settings
  if (!isBackbone(model)) checkUnread(settings, model)
  else checkUnreadByBackbones(settings, model)
  return { ...settings, model }
}

/** What `instant` alone reads, and why the others do not. */
const forInstant = {
  filling: 'has no use for filling',
  field: 'always moves tokens by the paper’s field',
  shadows: 'changes only what is in its edit region or marked by affects',
} as const

function checkUnreadByBackbones(settings: Partial<EditSettings>, model: ModelName): void {
  for (const [name, why] of Object.entries(forInstant)) {
    if (settings[name as keyof typeof forInstant] === undefined) continue
    throw new EditError('invalid_option', `${model} ${why}; leave ${name} out`, {
      pointer: `/${name}`,
    })
  }
}

function checkUnread(settings: Partial<EditSettings>, model: ModelName): void {
  for (const [name, neutral] of Object.entries(forBackbones)) {
    const value = settings[name as keyof typeof forBackbones]
    if (value === undefined || value === neutral) continue
    const why =
      name === 'prompt' || name === 'negativePrompt' ? 'it reads no prompt' : `it has no ${name}`
    throw new EditError(
      'invalid_option',
      `${model} is not a transformer: ${why}; leave ${name} out or choose another model`,
      { pointer: `/${name}` },
    )
  }
}
