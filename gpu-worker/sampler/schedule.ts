/**
 * The noise levels of a run, and the strength of token injection at each step. Knows nothing of
 * latents.
 */

import type { SamplerSettings } from '../../shared/edit/sampler-settings.ts'

/** Sigmas of a run of `steps` steps, from 1 down to the final 0: `linspace(1, 1/N, N)`, then 0. */
export function linearSchedule(steps: number): number[] {
  const sigmas = Array.from({ length: steps }, (_, i) => 1 - i / steps)
  return [...sigmas, 0]
}

/**
 * Sigmas shifted towards noise (diffusers FlowMatchEulerDiscreteScheduler, exponential): `e^mu /
 * (e^mu + 1/sigma - 1)`. The backbone computes mu.
 */
export function shiftedSchedule(steps: number, mu: number): number[] {
  const sigmas = linearSchedule(steps).slice(0, -1)
  return [...sigmas.map((sigma) => Math.exp(mu) / (Math.exp(mu) + 1 / sigma - 1)), 0]
}

/** What decides lambda at each step of a run. */
export type LambdaSettings = Pick<
  SamplerSettings,
  'lambda' | 'lambdaSchedule' | 'lambdaBy' | 'lambdaUntil'
>

/**
 * Lambda at each step of a run (paper, IV-A, its 10/20 of 30 steps taken as thirds): full in the
 * first third, a cosine down to 0 over the second, 0 in the last. The thirds are those of the steps,
 * or of the way from sigma 1 to 0.
 *
 * @param sigmas descending from 1, ending in 0: one more than there are steps
 */
export function lambdasOf(
  sigmas: readonly number[],
  { lambda, lambdaSchedule, lambdaBy, lambdaUntil }: LambdaSettings,
): number[] {
  const steps = sigmas.length - 1
  const injected = firstSteps(lambdaUntil, steps)
  return sigmas.slice(0, -1).map((sigma, index) => {
    if (index >= injected) return 0
    if (lambdaSchedule === 'constant') return lambda
    return lambdaBy === 'sigma' ? inThirds(lambda, 1 - sigma, 1) : inThirds(lambda, index, steps)
  })
}

/** How many steps the first `share` of `steps` steps are; one that has begun counts. */
export function firstSteps(share: number, steps: number): number {
  // 0.14 * 50 is a bit above 7, and means 7.
  return Math.ceil(share * steps - 1e-9)
}

function inThirds(strength: number, done: number, whole: number): number {
  const third = whole / 3
  if (done < third) return strength
  if (done >= 2 * third) return 0
  return (strength * (1 + Math.cos((Math.PI * (done - third)) / third))) / 2
}
