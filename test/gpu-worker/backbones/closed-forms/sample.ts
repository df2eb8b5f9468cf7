/** Runs a copying transformer on raw latents, without latent blend and without composite. */

import type { OpenBackbone } from '../../../../gpu-worker/backbones/family.ts'
import type { Control } from '../../../../gpu-worker/sampler/control.ts'
import { denoise } from '../../../../gpu-worker/sampler/denoise.ts'
import { gaussianNoise } from '../../../../gpu-worker/sampler/noise.ts'
import type { TokenGrid } from '../../../../shared/token-grid.ts'

/** What of a backbone is sampled. */
export type Sampled = Pick<OpenBackbone, 'condition' | 'velocity' | 'schedule' | 'noise'>

/** Latents as random as those of photos. */
export const referenceLatents = (tokens: number, model: Sampled) =>
  gaussianNoise(77, tokens * features(model)).map((value) => 0.55 * value)

/** Features of a token. */
export const features = (model: Sampled) => model.noise(0, { rows: 1, cols: 1 }).length

/** Denoises from a seed; returns the latents and the x0 prediction of each step. */
export async function sample(
  model: Sampled,
  grid: TokenGrid,
  reference: Float32Array,
  control: Control,
  lambdas: number[],
  seed = 3,
) {
  const predictions: Float32Array[] = []
  const photo = { width: 8, height: 8, pixels: new Float32Array(3 * 64) }
  const conditioning = await model.condition({ prompt: '', photo })
  const velocity = model.velocity({ grid, reference, control, guidance: null, conditioning })
  const watched = async (x: Float32Array, sigma: number, lambda: number) => {
    const v = await velocity(x, sigma, lambda)
    predictions.push(x.map((value, i) => value - sigma * (v[i] as number)))
    return v
  }
  const noise = gaussianNoise(seed, reference.length)
  const latents = await denoise(
    noise,
    model.schedule(lambdas.length, grid.rows * grid.cols),
    lambdas,
    watched,
    (x) => x,
    () => {},
  )
  return { latents, predictions }
}
