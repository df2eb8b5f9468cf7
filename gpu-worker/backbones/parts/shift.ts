/** How far FLUX.1 and similar models shift their noise levels, by the length of the sequence. */

import { z } from 'zod'

/** scheduler/scheduler_config.json of a FlowMatchEulerDiscreteScheduler. */
export const DynamicShift = z.object({
  use_dynamic_shifting: z.literal(true),
  base_shift: z.number(),
  max_shift: z.number(),
  base_image_seq_len: z.number(),
  max_image_seq_len: z.number(),
})
export type DynamicShift = Omit<z.infer<typeof DynamicShift>, 'use_dynamic_shifting'>

/** mu for a number of target tokens: a straight line (diffusers calculate_shift). */
export function shiftOf(tokens: number, shift: DynamicShift): number {
  const slope =
    (shift.max_shift - shift.base_shift) / (shift.max_image_seq_len - shift.base_image_seq_len)
  return shift.base_shift + slope * (tokens - shift.base_image_seq_len)
}
