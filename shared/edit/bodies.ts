/** Bodies of `POST /v1/edits` and `POST /v1/plan`. */

import { z } from 'zod'
import { dragFields, planFields, profile, workingArea } from './plan-options.ts'
import { samplerFields } from './sampler-settings.ts'
import { EditSettings, model } from './settings.ts'

/** A photo that is stored already: an upload, or the result of another edit. */
export const StoredImage = z
  .union([
    z.strictObject({ upload: z.string().regex(/^upl_[0-9a-f]{32}$/) }),
    z.strictObject({ edit: z.string().regex(/^edit_[0-9a-f]{48}$/) }),
  ])
  .meta({ description: 'An upload, or an edit to continue from its result.' })
export type StoredImage = z.infer<typeof StoredImage>

/** Pictures that one request may ask for. */
export const MOST_CANDIDATES = 4
/** Edits that one batch may make, candidates counted. */
export const MOST_IN_BATCH = 20

/** Body of `POST /v1/edits` without its files. */
export const CreateEditFields = EditSettings.extend({
  n: z
    .number()
    .int()
    .min(1)
    .max(MOST_CANDIDATES)
    .default(1)
    .meta({
      description: `How many candidates to make, 1 to ${MOST_CANDIDATES}: edits that differ in their seed only, each with an id and a price of its own. If seed is given, the next ones have seed + 1, seed + 2, and so on. maxCost is for all of them together. Default: 1.`,
    }),
})

/** Body of `POST /v1/edits` as JSON. */
export const CreateEdit = CreateEditFields.extend({
  image: z.union([
    z.string().meta({
      description:
        'An https URL (not allowed with a client token), or a base64 data URL. PNG, JPEG or WebP.',
    }),
    StoredImage,
  ]),
  mask: z.string().optional().meta({
    description:
      'Data URL of a PNG with the aspect ratio of the image; maskKind says what its white means. Without one, the worker finds the thing at each moving handle: by SAM if it has one, else by colours.',
  }),
  affects: z.string().optional().meta({
    description:
      'Data URL of a PNG with the aspect ratio of the image: white on what changes with the thing but is not moved as a part of it, such as its shadow and its reflection. Transformers may repaint it; instant carries its light along with the thing. The change fades out towards the border of this mask. Default: nothing.',
  }),
}).meta({ id: 'CreateEdit' })
export type CreateEdit = z.infer<typeof CreateEdit>

/** Body of `POST /v1/edits/batch`. */
export const CreateBatch = z
  .strictObject({
    edits: z
      .array(CreateEdit)
      .min(1)
      .max(MOST_IN_BATCH)
      .meta({
        description: `1 to ${MOST_IN_BATCH} edits, the candidates of each counted. All are accepted, or none.`,
      }),
  })
  .meta({ id: 'CreateBatch' })

/**
 * Body of `POST /v1/plan`. A plan needs only the image's size as displayed, not its pixels.
 */
export const CreatePlan = z
  .strictObject({
    image: z.strictObject({
      width: z.number().int().min(1).max(40_000_000),
      height: z.number().int().min(1).max(40_000_000),
    }),
    ...dragFields,
    mask: z.string().optional().meta({
      description:
        'As in an edit. Without a mask, the plan is made for discs around the moving handles and has the warning mask_not_final, because an edit finds the things in the photo.',
    }),
    affects: z.string().optional().meta({
      description: 'As in an edit. A crop (workingArea) includes it.',
    }),
    model,
    profile,
    ...planFields,
    workingArea,
    steps: samplerFields.steps,
    trueGuidance: samplerFields.trueGuidance,
  })
  .meta({ id: 'CreatePlan' })

export type CreatePlan = z.infer<typeof CreatePlan>
