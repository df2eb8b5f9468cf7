/**
 * The third editing strategy of the paper's Table VI (IV-D2): the features of the photo come from its
 * inversion, instead of the autoencoder. The paper says that it is LazyDrag's way (Yin et al., arXiv
 * 2509.12203) with the paper's correspondence, with Uni-Inv, 50 steps, Gaussian noise in the vacated latents,
 * and lambda 0.8 in the first 80 % of the steps. What it does not say is decided here:
 *
 * - While the photo is inverted, the backbone has no reference. Beside the clean photo there would be nothing
 *   to invert: a backbone that sees the picture it should end with predicts that picture at every level, and
 *   the latents never become noise. LazyDrag's FLUX.1 has no reference either.
 * - While the edit is denoised, the reference tokens are the photo's inverted latents of the same level, not
 *   the clean photo. They have the target's own positions: as in LazyDrag, they are a noisy picture under way.
 *   At the positions of a reference, the backbone would take their noise for what the picture should show.
 *   They are seen and injected under the same plan and control as ours (PRE, OAM, CTI).
 * - Denoising begins with the photo's noise, moved by M_DST. Outside the edit region, the latents after each
 *   step are those of the inversion, which end on the photo.
 * - Inversion has no guidance, as Uni-Inv; denoising has what the settings ask for.
 */

import { wholeStreams } from '../../gpu-worker/sampler/control.ts'
import { keepOutside } from '../../gpu-worker/sampler/denoise.ts'
import {
  type EditingStrategy,
  unchanged,
  underControl,
} from '../../gpu-worker/sampler/editing-strategy.ts'
import type { DragPlan } from '../../shared/geometry/plan.ts'
import { uniInv } from './uni-inv.ts'
import { withoutReference } from './without-reference.ts'

/** Options of an edit, as the paper sets them for this strategy. */
export const inversionSettings = {
  steps: 50,
  lambda: 0.8,
  lambdaSchedule: 'constant',
  lambdaUntil: 0.8,
} as const

export const inversion: EditingStrategy = async (inputs) => {
  const { plan, region, reference, noise, sigmas, sampler, velocityBeside } = inputs
  const tokens = plan.grid.rows * plan.grid.cols
  const features = reference.length / tokens
  const levels = sigmas.toReversed()
  const trajectory = await uniInv(reference, levels, withoutReference(velocityBeside, tokens))
  const byLevel = new Map(levels.map((sigma, i) => [sigma, trajectory[i] as Float32Array]))
  const photoAt = (sigma: number) => {
    const latents = byLevel.get(sigma)
    if (latents === undefined) throw new Error(`the photo was not inverted to level ${sigma}`)
    return latents
  }
  const streams = { ...wholeStreams(tokens), positions: 'target' as const }
  const [most = 1] = sigmas
  return {
    start: movedLatents(photoAt(most), noise, most, plan, features),
    velocity: underControl(inputs, (control) => (x, sigma, lambda) => {
      const beside = { reference: photoAt(sigma), control, streams }
      return velocityBeside(beside, 'asked')(x, sigma, lambda)
    }),
    afterStep: sampler.latentBlend ? keepOutside(photoAt, region, features) : unchanged,
  }
}

/**
 * Latents of a noise level, moved by a plan: each token of M_DST is its source token, and the rest of M_SRC
 * is noise of that level.
 *
 * @param photo, noise [tokens, features]; the noise is of variance 1
 */
export function movedLatents(
  photo: Float32Array,
  noise: Float32Array,
  sigma: number,
  { sourceMask, targets, sources }: Pick<DragPlan, 'sourceMask' | 'targets' | 'sources'>,
  features: number,
): Float32Array {
  const moved = photo.slice()
  const part = (from: Float32Array, token: number) =>
    from.subarray(token * features, (token + 1) * features)
  for (const token of sourceMask)
    moved.set(
      part(noise, token).map((value) => sigma * value),
      token * features,
    )
  targets.forEach((token, i) => {
    moved.set(part(photo, sources[i] as number), token * features)
  })
  return moved
}
