/** The switches of the sampler, as a request gives them and as the worker receives them. */

import { z } from 'zod'
import { backbones } from '../backbones.ts'

export const MAX_PROMPT_LENGTH = 10_000

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
    description:
      'Longest side of the result, in pixels; the photo’s own size where it is left out.',
  }),
})

/** Such as `embedded: 2, embedded-fast: 2`. */
const stepsOfBackbones = Object.entries(backbones)
  .map(([name, { steps }]) => `${name}: ${steps.default}`)
  .join(', ')

/** The switches of the sampler. */
export const samplerFields = {
  prompt: z.string().max(MAX_PROMPT_LENGTH).default('').meta({
    description: 'What the picture should show. May be empty, which is the default.',
  }),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).optional().meta({
    description:
      'Equal seeds give equal noise on every machine. Default: one is drawn, and reported in the answer. The paper names none.',
  }),
  steps: z
    .number()
    .int()
    .min(1)
    .max(50)
    .optional()
    .meta({
      description: `Denoising steps: more take longer and cost more. Default: that of the backbone (${stepsOfBackbones}). Paper: 30.`,
    }),
  guidance: z.number().min(0).max(20).optional().meta({
    description:
      'How closely a backbone trained with guidance follows the prompt; other backbones ignore it. Default: that of the backbone. Paper: 3.',
  }),
  negativePrompt: z.string().max(MAX_PROMPT_LENGTH).default('').meta({
    description:
      'What the picture should not show. Only used where trueGuidance is over 1. Default: empty. The paper uses none.',
  }),
  trueGuidance: z.number().min(1).max(20).default(1).meta({
    description:
      'Strength of the guidance away from the negative prompt. Over 1, each step takes two passes of the backbone and costs twice as much. Default: 1, which is off. The paper uses none.',
  }),
  lambda: z.number().min(0).max(1).default(0.5).meta({
    description:
      'Strength of the token injection at the first step: 0 leaves the picture to the model, 1 takes the attention output of the reference alone. Default and paper: 0.5.',
  }),
  lambdaSchedule: z.enum(['cosine', 'constant']).default('cosine').meta({
    description:
      'How lambda changes over the steps. cosine: full in the first third, falling to 0 in the second, 0 in the last. constant: full at every step. Default and paper: cosine.',
  }),
  latentBlend: z.boolean().optional().meta({
    description:
      'After every step, sets the latents outside the edit region back to those of the photo. Default: true, in both profiles. The paper does not name this switch.',
  }),
  pixelComposite: z.boolean().optional().meta({
    description:
      'Keeps the pixels outside the edit region, and outside the mask where maskKind is editable, bit for bit. Default: true, false in the profile paper. With false, or with an output that is not a PNG of the photo’s own size, pixels outside may change.',
  }),
  output: OutputSchema.default({ format: 'png', quality: 90 }).meta({
    description:
      'The file that the result is written to. Default: a PNG of the photo’s own size. The paper has no such switch.',
  }),
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
