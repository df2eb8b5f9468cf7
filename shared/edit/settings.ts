/** The settings of an edit: all fields of the request except photo and mask. */

import { z } from 'zod'
import { type BackboneName, backboneNames, defaultBackbone } from '../backbones.ts'
import { DragsSchema, planFields, profile } from './plan-options.ts'
import { samplerFields } from './sampler-settings.ts'

export const model = z
  .enum(backboneNames as [BackboneName, ...BackboneName[]])
  .default(defaultBackbone)

/** The caller's own labels. */
export const MetadataSchema = z
  .record(z.string().regex(/^[\w.-]{1,40}$/), z.string().max(200))
  .refine((record) => Object.keys(record).length <= 16, { message: 'at most 16 entries' })
  .meta({
    description:
      'Up to 16 entries, returned with the edit and in webhooks; lists can be filtered by them.',
  })

/** Body of `POST /v1/edits` without its two files. */
export const EditSettings = z.strictObject({
  drags: DragsSchema,
  model,
  profile,
  ...planFields,
  maskKind: z.enum(['object', 'editable']).default('object').meta({
    description:
      'object: the mask is white on the thing that moves. editable: the mask is white on what may change; the worker finds the things at the handles, and no pixel outside the mask changes (see pixelComposite). Default: object. Paper: object, refined by SAM.',
  }),
  ...samplerFields,
  metadata: MetadataSchema.default({}),
  maxCost: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'The most the edit may cost, in micro-units. A higher price is rejected with spend_limit.',
  }),
})
export type EditSettings = z.infer<typeof EditSettings>
