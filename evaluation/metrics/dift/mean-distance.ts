/**
 * The published mean distances (MD), on features of Stable Diffusion 2.1. There are two that cannot be
 * compared with each other: DragDiffusion's in pixels, with DragLoRA's m-MD, and RegionDrag's in parts
 * of the picture's sides, which Inpaint4Drag has, too.
 */

import type { SessionOptions } from '../../../gpu-worker/onnx/session.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import type { Size } from '../../../shared/drag.ts'
import type { EvaluationCase } from '../../case.ts'
import type { Measured, Metric } from '../../metric.ts'
import type { Picture } from '../../picture.ts'
import { FeatureGrid, type Sampling } from '../features/feature-grid.ts'
import { meanDistance, meanDistanceInDiscs, type Pair } from '../features/matching.ts'
import { planesOf } from '../lpips/planes.ts'
import type { Planes } from '../lpips/resize.ts'
import { type Draw, StableDiffusion } from './stable-diffusion.ts'

/** Draws of noise whose features are averaged, and the side of the square that RegionDrag's pictures are made into. */
export const published = { draws: 8, side: 768 } as const
type Effort = { readonly draws: number; readonly side: number }

/** RegionDrag's numbers are printed as percentages. */
const PERCENT = 100

/** How features are made and read. */
type Flavour = {
  readonly sampling: Sampling
  /** Whether latents are drawn from the autoencoder's posterior; otherwise they are its mean. */
  readonly drawn: boolean
  readonly promptOf: (one: EvaluationCase) => string
  readonly prepared: (picture: Picture) => Planes
}

const dragDiffusion: Flavour = {
  sampling: 'bilinear',
  drawn: true,
  promptOf: ({ prompt }) => prompt,
  prepared: (picture) => planesOf(picture),
}

const regionDrag = (side: number): Flavour => ({
  sampling: 'nearest',
  drawn: false,
  promptOf: () => '',
  prepared: (picture) => nearest(planesOf(picture), { width: side, height: side }),
})

/**
 * @param folder Stable Diffusion 2.1 in diffusers' layout
 * @throws EditError `model_unavailable` if it is something else
 */
export async function publishedMeanDistances(
  folder: string,
  options: SessionOptions,
  { draws, side }: Effort = published,
): Promise<Metric[]> {
  const model = await StableDiffusion.open(folder, options)
  return [
    dragDiffusionDistance(model, pairs(model, dragDiffusion, draws)),
    regionDragDistance(model, pairs(model, regionDrag(side), draws)),
  ]
}

/** Features of the photo and of the result of a case. */
type PairOf = (measured: Measured, signal: AbortSignal) => Promise<Pair>

function dragDiffusionDistance(model: StableDiffusion, pairOf: PairOf): Metric {
  return {
    name: 'md-dragdiffusion',
    columns: { px: 'lower', 'masked-px': 'lower' },
    async measure(measured, signal) {
      const { scored, mask } = measured.one
      const pair = await pairOf(measured, signal)
      const px = meanDistance(pair, scored)
      if (px === undefined) return {}
      if (mask?.kind !== 'editable') return { px }
      return { px, 'masked-px': meanDistance(pair, scored, mask.mask.data) as number }
    },
    // The published mean is over points, not over pictures.
    weight: ({ scored }) => scored.length,
    close: () => model.close(),
  }
}

function regionDragDistance(model: StableDiffusion, pairOf: PairOf): Metric {
  return {
    name: 'md-regiondrag',
    columns: { percent: 'lower' },
    async measure(measured, signal) {
      const distance = meanDistanceInDiscs(await pairOf(measured, signal), measured.one.scored)
      return distance === undefined ? {} : { percent: PERCENT * distance }
    },
    close: () => model.close(),
  }
}

/** Features of photo and result; those of the photo and its prompt are kept as long as the case. */
function pairs(model: StableDiffusion, flavour: Flavour, count: number): PairOf {
  const { prepared, drawn, promptOf, sampling } = flavour
  const known = new WeakMap<EvaluationCase, Promise<{ text: Float32Array; grid: FeatureGrid }>>()
  const gridOf = async (
    picture: Picture,
    side: 'photo' | 'result',
    text: Float32Array,
    signal: AbortSignal,
  ) => {
    const planes = prepared(picture)
    const draws = drawsFor(side, count, model.latentCount(planes), drawn)
    const { data, dims } = await model.featuresOf(planes, text, draws, signal)
    return new FeatureGrid(data, dims, picture, sampling)
  }
  const before = async ({ one, photo }: Measured, signal: AbortSignal) => {
    const text = await model.encodePrompt(promptOf(one))
    return { text, grid: await gridOf(photo, 'photo', text, signal) }
  }
  return async (measured, signal) => {
    const { one, edited } = measured
    const kept = known.get(one) ?? before(measured, signal)
    known.set(one, kept)
    kept.catch(() => known.delete(one))
    const { text, grid } = await kept
    return { photo: grid, result: await gridOf(edited.picture, 'result', text, signal) }
  }
}

/**
 * The draws for a picture. Published code draws from PyTorch's generator, so that a number depends on
 * all pictures before; here every picture has the same draws, and photo and result different ones, as
 * there.
 */
export function drawsFor(
  side: 'photo' | 'result',
  count: number,
  values: number,
  drawn: boolean,
): Draw[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = 4 * i + (side === 'photo' ? 0 : 2)
    return {
      posterior: drawn ? gaussianNoise(seed, values) : null,
      noise: gaussianNoise(seed + 1, values),
    }
  })
}

/** The nearest pixel before each place, as F.interpolate with mode nearest. */
export function nearest({ width, height, data }: Planes, to: Size): Planes {
  const out = new Float32Array(3 * to.width * to.height)
  let at = 0
  for (let channel = 0; channel < 3; channel++)
    for (let y = 0; y < to.height; y++) {
      const row = Math.floor((y * height) / to.height)
      for (let x = 0; x < to.width; x++)
        out[at++] = data[(channel * height + row) * width + Math.floor((x * width) / to.width)]!
    }
  return { ...to, data: out }
}
