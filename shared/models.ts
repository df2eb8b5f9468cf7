/**
 * Every model that a request may name: the transformers of backbones.ts, and `instant`, which makes
 * pictures without a model. What each works on and costs. Knows nothing of weights.
 */

import { type Backbone, type BackboneName, backboneNames, backbones } from './backbones.ts'
import type { Size } from './drag.ts'
import { EditError } from './errors.ts'
import { type TokenGrid, tokenGrid } from './token-grid.ts'

/** The value of a request's `model`. */
export type ModelName = 'instant' | BackboneName

/** A price in micro-units of the operator's currency: per edit, and per million pixels of the photo. */
export type PixelRate = { readonly base: number; readonly perMegapixel: number }

/** What is asked of any model, whatever makes its pictures. */
export type Model = Pick<Backbone, 'title' | 'pitch' | 'workingSize' | 'maxAspect' | 'weights'> & {
  /** Steps of its progress: denoising steps unless a request says otherwise, or stages. */
  readonly steps: { readonly default: number }
  readonly rate: Backbone['rate'] | PixelRate
}

/** The stages of an instant edit, in order; its progress counts them. */
export const instantStages = ['cut-out', 'fill', 'draw'] as const
export type InstantStage = (typeof instantStages)[number]

/** Every model, in the order in which people are offered them. */
export const models = {
  instant: {
    title: 'instant: the photo’s own pixels',
    // For the plan that is shown. The edit itself works on the pixels of the photo.
    pitch: backbones.embedded.pitch,
    workingSize: backbones.embedded.workingSize,
    maxAspect: 16,
    steps: { default: instantStages.length },
    rate: { base: 100, perMegapixel: 100 },
    weights: null,
  },
  ...backbones,
} as const satisfies Record<ModelName, Model>

export const modelNames = Object.keys(models) as readonly ModelName[]

/**
 * Models that need no download and no licence: every worker serves them by default, and test keys may
 * use them.
 */
export const freeModels = modelNames.filter((name) => models[name].weights === null)

/** What makes a model's pictures. Each kind of engine has room of its own, at the edge and in a worker. */
export type EngineKind = 'transformer' | 'instant'

export function engineOf(name: ModelName): EngineKind {
  return isBackbone(name) ? 'transformer' : 'instant'
}

/** Whether a transformer makes the model's pictures. */
export function isBackbone(name: ModelName): name is BackboneName {
  return name !== 'instant'
}

/**
 * The model of a request that leaves `model` out: the first with a downloaded checkpoint, otherwise
 * `instant`. The backbones that compute their weights are for demos and tests, and never the default.
 *
 * @param offered what the caller may use
 */
export function defaultModel(offered: readonly ModelName[]): ModelName {
  const real = backboneNames.filter((name) => backbones[name].weights !== null)
  return real.find((name) => offered.includes(name)) ?? 'instant'
}

/** Options of a request that only transformers read, each with the value that asks for nothing of them. */
export const forBackbones = {
  prompt: '',
  negativePrompt: '',
  steps: undefined,
  guidance: undefined,
  trueGuidance: 1,
  lambda: 0.5,
  lambdaSchedule: 'cosine',
  lambdaBy: 'step',
  lambdaUntil: 1,
  injected: 'joint',
  paaUntil: 1,
  strategy: undefined,
  view: undefined,
  pre: true,
  preBlocks: 'single',
  oam: true,
  vacated: 'paper',
  rim: 'keep',
  latentBlend: true,
  pixelComposite: true,
  border: undefined,
  workingArea: 'photo',
  feather: undefined,
  detail: 'photo',
} as const

/** Working size and token grid of an image. */
export function gridOf(name: ModelName, image: Size): { workingSize: Size; grid: TokenGrid } {
  const model: Model = models[name]
  const workingSize = model.workingSize(image)
  return { workingSize, grid: tokenGrid(workingSize, model.pitch) }
}

/** @throws EditError `image_aspect_unsupported` */
export function checkAspect(name: ModelName, { width, height }: Size): void {
  const { maxAspect }: Model = models[name]
  const aspect = Math.max(width, height) / Math.min(width, height)
  if (aspect > maxAspect)
    throw new EditError(
      'image_aspect_unsupported',
      `the image is ${width}x${height}, which is ${aspect.toFixed(1)} to 1; ${name} takes at most ${maxAspect} to 1`,
      { pointer: '/image' },
    )
}
