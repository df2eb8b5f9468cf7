/**
 * Host tensors for the inputs of a FLUX.1 graph. Knows the graph's input names and FLUX.1's
 * position ids; runs nothing.
 */

import { floats, type Tensor } from '../../onnx/tensor.ts'
import type { VelocityInputs } from '../family.ts'
import type { ComputeType } from '../parts/emitter.ts'
import { controlInputs, type Positions } from '../parts/sequence/inputs.ts'
import { guidanceFeatures } from '../parts/sequence/time-features.ts'
import type { Flux1Config } from './config.ts'

/** RoPE base of FLUX.1; hard-coded upstream too. */
export const FLUX1_THETA = 10_000

/** Encoded text: tokens [T, joint] and the pooled vector [1, pooled]. */
export type TextConditioning = { readonly tokens: Tensor; readonly pooled: Tensor }

/**
 * Position ids: the first axis is 0 for text and target and 1 for the reference image (diffusers
 * pipeline_flux_kontext.py).
 */
export function flux1Positions({ axes_dims_rope }: Pick<Flux1Config, 'axes_dims_rope'>): Positions {
  return {
    dims: axes_dims_rope,
    theta: FLUX1_THETA,
    text: () => [0, 0, 0],
    target: (row, col) => [0, row, col],
    reference: (row, col) => [1, row, col],
  }
}

/** The inputs that stay the same during a run: all but latents, time and strength of injection. */
export function constantInputs(
  config: Flux1Config,
  run: VelocityInputs<TextConditioning>,
  compute: ComputeType,
): Record<string, Tensor> {
  const { reference, guidance, conditioning: text } = run
  return {
    reference: floats(reference, reference.length / config.in_channels, config.in_channels),
    text: text.tokens,
    pooled: text.pooled,
    ...controlInputs(flux1Positions(config), run, text.tokens.dims[0] as number),
    ...(config.guidance_embeds && {
      guidance_features: floats(guidanceFeatures(guidance ?? 0, compute), 1, 256),
    }),
  }
}
