/** How far FLUX.1 and similar models shift their noise levels, by the length of the sequence. */

import { z } from 'zod'
import { readJsonFile } from '../../checkpoint/json-file.ts'
import { oneLine, unusable } from '../../checkpoint/unusable.ts'

const off = z.literal(false).nullish()

/** The kind of noise levels that are computed here (sampler/schedule.ts); a config that asks for others is an error. */
export const exponentialShift = {
  use_dynamic_shifting: z.literal(true),
  time_shift_type: z.literal('exponential').default('exponential'),
  shift_terminal: z.null().optional(),
  use_karras_sigmas: off,
  use_exponential_sigmas: off,
  use_beta_sigmas: off,
  invert_sigmas: off,
  stochastic_sampling: off,
}

/** scheduler/scheduler_config.json of a FlowMatchEulerDiscreteScheduler. */
const DynamicShift = z.object({
  ...exponentialShift,
  base_shift: z.number(),
  max_shift: z.number(),
  base_image_seq_len: z.number(),
  max_image_seq_len: z.number(),
})
export type DynamicShift = Omit<z.infer<typeof DynamicShift>, keyof typeof exponentialShift>

/** mu for a number of target tokens: a straight line (diffusers calculate_shift). */
export function shiftOf(tokens: number, shift: DynamicShift): number {
  const slope =
    (shift.max_shift - shift.base_shift) / (shift.max_image_seq_len - shift.base_image_seq_len)
  return shift.base_shift + slope * (tokens - shift.base_image_seq_len)
}

/**
 * Reads a checkpoint's scheduler_config.json.
 *
 * @throws EditError `model_unavailable` if the file is missing, lacks a value or asks for other noise levels
 */
export async function readShift(path: string): Promise<DynamicShift> {
  const { success, data, error } = DynamicShift.safeParse(await readJsonFile(path))
  if (success) return data
  throw unusable(path, oneLine(error))
}
