/** Fills in what a request leaves out, from its profile, its backbone and a random seed. */

import { type BackboneName, backbones } from '../backbones.ts'
import type { PlanOptions } from '../geometry/plan.ts'
import { planOptions } from './plan-options.ts'
import type { SamplerSettings } from './sampler-settings.ts'
import type { EditSettings } from './settings.ts'

/** Settings without gaps. */
export type ResolvedSettings = {
  readonly model: BackboneName
  readonly plan: PlanOptions
  readonly sampler: SamplerSettings
}

/** Fills in the defaults. @param drawSeed called if the request has no seed */
export function resolveSettings(settings: EditSettings, drawSeed: () => number): ResolvedSettings {
  const backbone = backbones[settings.model]
  return {
    model: settings.model,
    plan: planOptions(settings),
    sampler: {
      prompt: settings.prompt,
      seed: settings.seed ?? drawSeed(),
      steps: settings.steps ?? backbone.steps.default,
      guidance: backbone.guidance === null ? null : (settings.guidance ?? backbone.guidance),
      negativePrompt: settings.negativePrompt,
      trueGuidance: settings.trueGuidance,
      lambda: settings.lambda,
      lambdaSchedule: settings.lambdaSchedule,
      latentBlend: settings.latentBlend ?? true,
      pixelComposite: settings.pixelComposite ?? settings.profile !== 'paper',
      output: settings.output,
    },
  }
}

/** A seed from the platform's random numbers. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number
}
