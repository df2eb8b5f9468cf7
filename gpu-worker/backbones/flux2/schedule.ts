/** FLUX.2's noise levels: shifted by the number of steps as well as of tokens. */

import { z } from 'zod'
import { shiftedSchedule } from '../../sampler/schedule.ts'
import { exponentialShift } from '../parts/shift.ts'

/** scheduler/scheduler_config.json of a FlowMatchEulerDiscreteScheduler that is given its shift. */
export const EmpiricalShift = z.object(exponentialShift)

/** mu for a number of target tokens and steps (diffusers compute_empirical_mu). */
function empiricalMu(tokens: number, steps: number): number {
  const at200 = 0.00016927 * tokens + 0.45666666
  if (tokens > 4300) return at200
  const at10 = 8.73809524e-5 * tokens + 1.89833333
  const slope = (at200 - at10) / 190
  return slope * steps + at200 - 200 * slope
}

/** The `steps + 1` noise levels from 1 down to 0. */
export function flux2Schedule(steps: number, tokens: number): number[] {
  return shiftedSchedule(steps, empiricalMu(tokens, steps))
}
