/** Four drags in three forms of the method, and what a copying transformer must make of them. */

import { type Control, controlOf } from '../../../../gpu-worker/sampler/control.ts'
import type { Drag } from '../../../../shared/drag.ts'
import { type DragPlan, defaultPlanOptions, planDrags } from '../../../../shared/geometry/plan.ts'
import { drag, draw } from '../../../fixtures/drawing.ts'
import { maxDifference } from '../../../fixtures/graphs.ts'
import { features, referenceLatents, type Sampled, sample } from './sample.ts'

/** A block of nine tokens. */
export const block = [
  '................',
  '..###...........',
  '..###...........',
  '..###...........',
  '................',
  '................',
  '................',
  '................',
]
export const scenes: Record<string, { scene: ReturnType<typeof draw>; drags: Drag[] }> = {
  move: { scene: draw(...block), drags: [drag([2, 3], [5, 10])] },
  overlap: { scene: draw(...block), drags: [drag([2, 3], [3, 5])] },
  stretch: {
    scene: draw('................', '..####..........', '..####..........', '................'),
    drags: [drag([1, 2], [1, 2]), drag([1, 5], [1, 12])],
  },
  shrink: {
    scene: draw('................', '..##########....', '..##########....', '................'),
    drags: [drag([1, 2], [1, 5]), drag([1, 11], [1, 8])],
  },
}

export type Form = 'CTI' | 'PRE' | 'PRE+OAM'
export const forms: Record<Form, { pre: boolean; oam: boolean }> = {
  CTI: { pre: false, oam: false },
  PRE: { pre: true, oam: false },
  'PRE+OAM': { pre: true, oam: true },
}

export function planOf(name: string, form: Form): DragPlan {
  const { scene, drags } = scenes[name] as (typeof scenes)[string]
  return planDrags(scene.image, scene.grid, drags, scene.mask, {
    ...defaultPlanOptions,
    ...forms[form],
  })
}

/** Largest error against the closed form; vacated tokens without a key are filled and have none. */
export function errorOf(
  latents: Float32Array,
  plan: DragPlan,
  form: Form,
  lambda: number,
  reference: Float32Array,
  width: number,
): number {
  const sourceOf = new Map(plan.targets.map((target, i) => [target, plan.sources[i] as number]))
  const inSource = new Set(plan.sourceMask)
  const wanted = Float64Array.from(latents)
  for (let token = 0; token < plan.grid.rows * plan.grid.cols; token++) {
    const from = sourceOf.get(token)
    if (from === undefined && inSource.has(token) && form !== 'CTI') continue
    for (let k = 0; k < width; k++) {
      const b = reference[token * width + k] as number
      const p = reference[(from ?? token) * width + k] as number
      const own = form === 'CTI' ? b : form === 'PRE+OAM' || inSource.has(token) ? p : (p + b) / 2
      wanted[token * width + k] = from === undefined ? b : lambda * p + (1 - lambda) * own
    }
  }
  return maxDifference(latents, wanted)
}

/** The error of two steps with one drag, under its control or one that is bent. */
export async function dragError(
  model: Sampled,
  name: string,
  form: Form,
  lambda: number,
  bend: (control: Control, plan: DragPlan) => Control = (control) => control,
): Promise<number> {
  const plan = planOf(name, form)
  const reference = referenceLatents(plan.grid.rows * plan.grid.cols, model)
  const control = bend(controlOf(plan), plan)
  const { latents } = await sample(model, plan.grid, reference, control, [lambda, lambda])
  return errorOf(latents, plan, form, lambda, reference, features(model))
}
