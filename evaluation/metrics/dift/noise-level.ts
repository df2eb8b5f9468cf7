/** How much of a picture is left at a step of training (diffusers DDIMScheduler, add_noise). */

import { z } from 'zod'

/** scheduler/scheduler_config.json. */
export const SchedulerConfig = z.object({
  beta_start: z.number(),
  beta_end: z.number(),
  beta_schedule: z.literal('scaled_linear'),
  num_train_timesteps: z.number().int(),
  trained_betas: z.null().optional(),
})
export type SchedulerConfig = z.infer<typeof SchedulerConfig>

/** The product of `1 - beta` up to a step; roots of the betas are evenly spaced. */
export function alphaAt(
  { beta_start: start, beta_end: end, num_train_timesteps: steps }: SchedulerConfig,
  step: number,
): number {
  let alpha = 1
  for (let i = 0; i <= step; i++) {
    const root = Math.sqrt(start) + ((Math.sqrt(end) - Math.sqrt(start)) * i) / (steps - 1)
    alpha *= 1 - root ** 2
  }
  return alpha
}

/** Latents with noise of such a level: `sqrt(alpha) x + sqrt(1 - alpha) noise`. */
export function withNoise(latents: Float32Array, noise: Float32Array, alpha: number): Float32Array {
  const [kept, added] = [Math.sqrt(alpha), Math.sqrt(1 - alpha)]
  return latents.map((value, i) => kept * value + added * (noise[i] as number))
}
