/** Fills in what a request leaves out, from its profile, its backbone and a random seed. */

import { type BackboneName, backbones } from '../backbones.ts'
import type { PlanOptions } from '../geometry/plan.ts'
import { planOptions } from './plan-options.ts'
import type { OptionsRecord } from './record.ts'
import type { SamplerSettings } from './sampler-settings.ts'
import type { EditSettings } from './settings.ts'

/** Settings without gaps. */
export type ResolvedSettings = {
  readonly model: BackboneName
  readonly plan: PlanOptions
  readonly sampler: SamplerSettings
  /** What of all this is recorded with the edit. */
  readonly record: OptionsRecord
}

/** Fills in the defaults. @param drawSeed called if the request has no seed */
export function resolveSettings(settings: EditSettings, drawSeed: () => number): ResolvedSettings {
  const { profile, maskKind, model, prompt, negativePrompt } = settings
  const backbone = backbones[model]
  const plan = planOptions(settings)
  const shown = {
    seed: settings.seed ?? drawSeed(),
    steps: settings.steps ?? backbone.steps.default,
    guidance: backbone.guidance === null ? null : (settings.guidance ?? backbone.guidance),
    trueGuidance: settings.trueGuidance,
    lambda: settings.lambda,
    lambdaSchedule: settings.lambdaSchedule,
    latentBlend: settings.latentBlend ?? true,
    pixelComposite: settings.pixelComposite ?? profile !== 'paper',
    output: settings.output,
  }
  return {
    model,
    plan,
    sampler: { ...shown, prompt, negativePrompt },
    record: { profile, maskKind, ...plan, ...shown },
  }
}

/** A seed from the platform's random numbers. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number
}
