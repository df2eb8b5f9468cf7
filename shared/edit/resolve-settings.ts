/** From what a request says to what is done: profile, backbone and chance fill in the rest. */

import { type BackboneName, backbones } from '../backbones.ts'
import type { PlanOptions } from '../geometry/plan.ts'
import { planOptions } from './plan-options.ts'
import type { SamplerSettings } from './sampler-settings.ts'
import type { EditSettings } from './settings.ts'

/** The settings with every default filled in from profile and backbone. */
export type ResolvedSettings = {
  readonly model: BackboneName
  readonly plan: PlanOptions
  readonly sampler: SamplerSettings
}

/** Fills in what a request leaves open. @param drawSeed called where it names no seed */
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
