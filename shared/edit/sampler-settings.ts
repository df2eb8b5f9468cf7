/** Options of the sampler, as a request sends them and as the worker receives them. */

import { z } from 'zod'
import { backbones } from '../backbones.ts'
import { fieldKinds } from '../geometry/fields/part-fields.ts'
import { shadowKinds } from '../instant/light/shadow-kind.ts'

export const MAX_PROMPT_LENGTH = 10_000

/** Which attention of the reference tokens has the output that is injected. */
const injectedOutputs = ['joint', 'alone'] as const

/** What the thirds of lambda are thirds of. */
const lambdaMeasures = ['step', 'sigma'] as const

/** How instant fills holes. */
const fillings = ['auto', 'patches', 'network'] as const

const share = z.number().min(0).max(1)

const OutputSchema = z.strictObject({
  format: z
    .enum(['png', 'jpeg', 'webp'])
    .default('png')
    .meta({ description: 'png is lossless; jpeg and webp are not. Default: png.' }),
  quality: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(90)
    .meta({ description: 'Quality of jpeg and webp; png ignores it. Default: 90.' }),
  maxSize: z.number().int().min(64).max(40_000).optional().meta({
    description: 'Longest side of the result, in pixels. Default: that of the photo.',
  }),
})

/** For example `embedded: 2, embedded-fast: 2`. */
const stepsOfBackbones = Object.entries(backbones)
  .map(([name, { steps }]) => `${name}: ${steps.default}`)
  .join(', ')

/** For example `flux2-klein-base-4b: 4`. */
const guidedBackbones = Object.entries(backbones)
  .filter(([, { trueGuidance }]) => trueGuidance > 1)
  .map(([name, { trueGuidance }]) => `${name}: ${trueGuidance}`)
  .join(', ')

/** Options of the sampler. */
export const samplerFields = {
  prompt: z.string().max(MAX_PROMPT_LENGTH).default('').meta({
    description: 'What the result should show. Default: empty.',
  }),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'Seed of the noise. The same seed gives the same noise on every machine. Default: random; the response contains it. Paper: not given.',
  }),
  steps: z
    .number()
    .int()
    .min(1)
    .max(50)
    .optional()
    .meta({
      description: `Denoising steps. More steps take longer and cost more. Default: depends on the backbone (${stepsOfBackbones}). Paper: 30.`,
    }),
  guidance: z.number().min(0).max(20).optional().meta({
    description:
      'How strongly the prompt steers. Ignored by backbones that were not trained with guidance. Default: depends on the backbone. Paper: 3.',
  }),
  negativePrompt: z.string().max(MAX_PROMPT_LENGTH).default('').meta({
    description:
      'What the result should not show. Only used if trueGuidance is above 1. Default: empty. Paper: not used.',
  }),
  trueGuidance: z
    .number()
    .min(1)
    .max(20)
    .optional()
    .meta({
      description: `Strength of the guidance away from the negative prompt. Above 1, each step takes two passes and costs twice as much. Default: 1, which is off; ${guidedBackbones}. Paper: not used.`,
    }),
  lambda: z.number().min(0).max(1).default(0.5).meta({
    description:
      'Strength of the token injection at the first step. 0: no injection. 1: the attention output of the reference alone. Default and paper: 0.5.',
  }),
  lambdaSchedule: z.enum(['cosine', 'constant']).default('cosine').meta({
    description:
      'How lambda changes over the steps. cosine: full in the first third, falls to 0 during the second, and stays 0. constant: full at every step. Default and paper: cosine.',
  }),
  lambdaBy: z.enum(lambdaMeasures).default('step').meta({
    description:
      'What the thirds of lambdaSchedule cosine are thirds of. step: of the steps. sigma: of the way that the noise level has gone from 1 to 0, so that the first is longer where a backbone keeps the noise level high, as those of few steps do. Default and paper: step.',
  }),
  lambdaUntil: share.default(1).meta({
    description:
      'The first part of the steps in which tokens are injected at all, in any schedule: 0.8 with lambdaSchedule constant is lambda for the first 80 % of the steps, then 0. Default and paper: 1.',
  }),
  injected: z.enum(injectedOutputs).default('joint').meta({
    description:
      'Which output of the reference tokens is injected. joint: that of their attention to all tokens, which the backbone computes anyway. alone: to the reference tokens only, so that neither text nor the noisy target is in it. The paper does not say. Default: joint.',
  }),
  paaUntil: share.default(1).meta({
    description:
      'The first part of the steps in which positions are re-encoded and reference tokens hidden (pre, oam, vacated, rim). After it the target sees the whole photo where it was. Default and paper: 1.',
  }),
  latentBlend: z.boolean().optional().meta({
    description:
      'After each step, resets the latents outside the edit region to those of the photo. Default: true in both profiles. Paper: not mentioned.',
  }),
  pixelComposite: z.boolean().optional().meta({
    description:
      'Keeps every pixel outside the edit region (and outside the mask if maskKind is editable) exactly as in the photo, except what affects marks. These pixels may still change if the result is not a PNG of the photo’s size. Default: true; false in the paper profile.',
  }),
  feather: z.number().min(0).max(32).optional().meta({
    description:
      'The edit fades in over this many pixels of the working size, inside the edit region. 0: a hard edge. Only used with pixelComposite. Default: 8. Paper: not mentioned.',
  }),
  detail: z.enum(['photo', 'model']).optional().meta({
    description:
      'Where fine detail comes from if the photo is larger than the working size. photo: carried along from the photo, wherever the backbone’s picture agrees with what was moved there. model: the backbone’s picture, enlarged. Default: photo; model in the paper profile.',
  }),
  filling: z.enum(fillings).optional().meta({
    description:
      'How instant fills the old place of a thing with patches of the same photo. patches: those that fit to what is around it. network: those that are like the answer of an inpainting network; rejected if the worker has none. auto: network if the worker has one, else patches. Other models reject this option. Default: auto.',
  }),
  field: z.enum(fieldKinds).optional().meta({
    description:
      'How instant blends several drags. rigid: a turn and a move at every pixel, which change gradually, so that things bend instead of creasing; drags that are one turn, one scale or one stretch give exactly that. inverse-distance: the paper’s weighted mean, which moves the tokens of the other models. Other models reject this option. Default: rigid. Paper: inverse-distance.',
  }),
  shadows: z.enum(shadowKinds).optional().meta({
    description:
      'What instant does with soft shadows beside a thing, if affects is not sent. move: they move with the thing. keep: they stay. Other models reject this option. Default: move. Paper: keep.',
  }),
  output: OutputSchema.default({ format: 'png', quality: 90 }).meta({
    description:
      'Format and size of the result. Default: a PNG of the photo’s size. Paper: not mentioned.',
  }),
}

/** The options that the worker receives, without gaps. */
export const SamplerSettings = z.strictObject({
  prompt: z.string(),
  seed: z.number().int(),
  steps: z.number().int().min(1),
  guidance: z.number().nullable(),
  negativePrompt: z.string(),
  trueGuidance: z.number().min(1),
  lambda: z.number(),
  lambdaSchedule: z.enum(['cosine', 'constant']),
  lambdaBy: z.enum(lambdaMeasures),
  lambdaUntil: share,
  injected: z.enum(injectedOutputs),
  paaUntil: share,
  latentBlend: z.boolean(),
  pixelComposite: z.boolean(),
  feather: z.number().min(0),
  detail: z.enum(['photo', 'model']),
  filling: z.enum(fillings),
  field: z.enum(fieldKinds),
  shadows: z.enum(shadowKinds),
  output: OutputSchema,
})
export type SamplerSettings = z.infer<typeof SamplerSettings>
