/**
 * The noise levels of a run, and the strength of token injection at each step. Knows nothing of
 * latents.
 */

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

/** Shape of lambda over the steps. */
export type LambdaSchedule = 'cosine' | 'constant'

/**
 * Lambda at step `index` of `steps` (paper, IV-A, its 10/20 of 30 steps taken as thirds):
 * `strength` in the first third, a cosine down to 0 over the second, 0 in the last.
 */
export function lambdaAt(
  index: number,
  steps: number,
  strength: number,
  schedule: LambdaSchedule,
): number {
  if (schedule === 'constant') return strength
  const third = steps / 3
  if (index < third) return strength
  if (index >= 2 * third) return 0
  return (strength * (1 + Math.cos((Math.PI * (index - third)) / third))) / 2
}
