/**
 * Editing strategies (paper, Table VI): where denoising begins, what the latents see on the way, and
 * what lies outside the edit region. The method's own is {@link vaeEncoded}.
 */

import type { SamplerSettings } from '../../shared/edit/sampler-settings.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'
import { type Control, controlOf, type Streams, withPlainView } from './control.ts'
import { type AfterStep, blendOutside, switched, type Velocity } from './denoise.ts'
import { firstSteps } from './schedule.ts'

/** What the transformer sees beside the latents: reference tokens [R, features] under control. */
export type Beside = {
  readonly reference: Float32Array
  readonly control: Control
  readonly streams?: Streams
}

/**
 * Whether the velocity follows the guidance that the settings ask for, or none: distilled guidance of 1,
 * and no negative prompt.
 */
export type Steering = 'asked' | 'none'

export type VelocityBeside = (beside: Beside, steering: Steering) => Velocity

/** All of an edit that a strategy works with. Latents are [tokens, features]. */
export type StrategyInputs = {
  readonly plan: DragPlan
  /** Flat indices of the tokens that may change. */
  readonly region: readonly number[]
  /** The encoded photo, and seeded noise. */
  readonly reference: Float32Array
  readonly noise: Float32Array
  /** Noise levels, descending from 1 to 0. */
  readonly sigmas: readonly number[]
  readonly sampler: SamplerSettings
  readonly velocityBeside: VelocityBeside
}

/** What the denoising loop takes. */
export type Sampling = {
  /** Latents at the first noise level. */
  readonly start: Float32Array
  readonly velocity: Velocity
  readonly afterStep: AfterStep
}

export type EditingStrategy = (inputs: StrategyInputs) => Promise<Sampling>

/** The method: noise is denoised beside the clean photo, which the autoencoder has encoded. */
export const vaeEncoded: EditingStrategy = async (inputs) => {
  const { plan, region, reference, noise, sampler, velocityBeside } = inputs
  const features = reference.length / (plan.grid.rows * plan.grid.cols)
  return {
    start: noise,
    velocity: underControl(inputs, (control) => velocityBeside({ reference, control }, 'asked')),
    afterStep: sampler.latentBlend ? blendOutside(reference, noise, region, features) : unchanged,
  }
}

/** The velocity under the plan's control, without PAA in the steps after `paaUntil`. */
export function underControl(
  { plan, sampler, sigmas }: Pick<StrategyInputs, 'plan' | 'sampler' | 'sigmas'>,
  velocityUnder: (control: Control) => Velocity,
): Velocity {
  const control = controlOf(plan, sampler.injected)
  const aligned = firstSteps(sampler.paaUntil, sampler.steps)
  const early = velocityUnder(control)
  if (aligned >= sampler.steps) return early
  return switched(early, velocityUnder(withPlainView(control)), sigmas[aligned] as number)
}

/** All latents go on as they are. */
export const unchanged: AfterStep = (x) => x
