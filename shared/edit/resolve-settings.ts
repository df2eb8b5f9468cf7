/** Fills in what a request leaves out, from its profile, its model and a random seed. */

import { backbones } from '../backbones.ts'
import { defaultField } from '../geometry/fields/part-fields.ts'
import type { PlanOptions } from '../geometry/plan.ts'
import { defaultShadows } from '../instant/light/shadow-kind.ts'
import { isBackbone, type ModelName, models } from '../models.ts'
import { planOptions } from './plan-options.ts'
import type { OptionsRecord } from './record.ts'
import type { SamplerSettings } from './sampler-settings.ts'
import type { EditSettings, WithModel } from './settings.ts'

/** Settings without gaps. */
export type ResolvedSettings = {
  readonly model: ModelName
  readonly plan: PlanOptions
  readonly sampler: SamplerSettings
  /** What of all this is recorded with the edit. */
  readonly record: OptionsRecord
}

/** Fills in the defaults. @param drawSeed called if the request has no seed */
export function resolveSettings(
  settings: WithModel<EditSettings>,
  drawSeed: () => number,
): ResolvedSettings {
  const { profile, maskKind, model, prompt, negativePrompt } = settings
  const guidance = isBackbone(model) ? backbones[model].guidance : null
  const plan = planOptions(settings)
  const shown = {
    seed: settings.seed ?? drawSeed(),
    ...passesOf(model, settings),
    guidance: guidance === null ? null : (settings.guidance ?? guidance),
    lambda: settings.lambda,
    lambdaSchedule: settings.lambdaSchedule,
    lambdaBy: settings.lambdaBy,
    lambdaUntil: settings.lambdaUntil,
    injected: settings.injected,
    paaUntil: settings.paaUntil,
    latentBlend: settings.latentBlend ?? true,
    pixelComposite: settings.pixelComposite ?? profile !== 'paper',
    feather: settings.feather ?? 8,
    detail: settings.detail ?? (profile === 'paper' ? 'model' : 'photo'),
    output: settings.output,
  }
  const instant = {
    // A transformer fills nothing, and workers of older releases do not know `auto`.
    filling: isBackbone(model) ? ('patches' as const) : (settings.filling ?? ('auto' as const)),
    field: settings.field ?? defaultField(profile),
    shadows: settings.shadows ?? defaultShadows(profile),
  }
  return {
    model,
    plan,
    sampler: { ...shown, ...instant, prompt, negativePrompt },
    record: {
      profile,
      maskKind,
      ...(isBackbone(model)
        ? { ...plan, workingArea: settings.workingArea, ...shown }
        : { ...read(plan, shown), ...instant }),
    },
  }
}

/** What decides how often the model runs, with the model's defaults. */
export function passesOf(
  model: ModelName,
  { steps, trueGuidance }: Pick<EditSettings, 'steps' | 'trueGuidance'>,
): { readonly steps: number; readonly trueGuidance: number } {
  return {
    steps: steps ?? models[model].steps.default,
    trueGuidance: trueGuidance ?? (isBackbone(model) ? backbones[model].trueGuidance : 1),
  }
}

/** The options that an edit without a transformer reads. */
function read(
  { scope, power }: PlanOptions,
  { seed, output }: Pick<SamplerSettings, 'seed' | 'output'>,
) {
  return { scope, power, seed, output }
}

/** A seed from the platform's random numbers. */
export function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] as number
}
