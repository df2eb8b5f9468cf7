/** The switches of the sampler, as a request gives them and as the worker receives them. */

import { z } from 'zod'

export const MAX_PROMPT_LENGTH = 10_000

const OutputSchema = z.strictObject({
  format: z.enum(['png', 'jpeg', 'webp']).default('png'),
  quality: z.number().int().min(1).max(100).default(90),
  maxSize: z.number().int().min(64).max(40_000).optional().meta({
    description:
      'Longest side of the result, in pixels; the photo’s own size where it is left out.',
  }),
})

/** The switches of the sampler. */
export const samplerFields = {
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
