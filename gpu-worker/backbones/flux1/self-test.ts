/** A small FLUX.1 transformer and its known output. */

import { floats } from '../../onnx/tensor.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type { SelfTestBlock } from '../family.ts'
import { selfTestControl, selfTestGrid } from '../parts/self-test-control.ts'
import { stepInputs } from '../parts/sequence/inputs.ts'
import type { Flux1Config } from './config.ts'
import { constantInputs } from './inputs.ts'
import { flux1Graph } from './transformer.ts'

/** One double and one single block, two heads, wide enough for fused kernels. */
export const selfTestConfig: Flux1Config = {
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 64,
  num_attention_heads: 2,
  joint_attention_dim: 32,
  pooled_projection_dim: 16,
  guidance_embeds: true,
  axes_dims_rope: [16, 24, 24],
  mlp_ratio: 4,
}

export const flux1SelfTest: SelfTestBlock = {
  graph: (tensors, compute) => flux1Graph(selfTestConfig, tensors, compute),
  inputs() {
    const noise = (seed: number, ...dims: [number, number]) =>
      floats(gaussianNoise(seed, dims[0] * dims[1]), ...dims)
    const run = {
      grid: selfTestGrid,
      reference: gaussianNoise(3, 256),
      control: selfTestControl,
      guidance: 3,
      conditioning: { tokens: noise(1, 8, 32), pooled: noise(2, 1, 16) },
    }
    const step = { latents: gaussianNoise(4, 256), sigma: 0.7, lambda: 0.4 }
    return {
      ...constantInputs(selfTestConfig, run, 'F32'),
      ...stepInputs(selfTestControl, step, 'F32'),
    }
  },
  features: selfTestConfig.in_channels,
  // From the plain forward pass in test/gpu-worker/backbones/flux1/naive-flux1.ts.
  knownAnswer: [0.235267, 1.172709, -0.139883, 1.386268],
}
