/** A small FLUX.1 transformer and its known output. */

import { floats } from '../../onnx/tensor.ts'
import type { Control } from '../../sampler/control.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type { SelfTestBlock } from '../family.ts'
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
const grid = { rows: 4, cols: 4 }

/** Control that is not the identity: one token moved, one hidden, one injected. */
const control: Control = {
  viewTokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 5],
  viewPositions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15],
  doubleViewTokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  doubleViewPositions: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14],
  aloneTokens: [0],
  injectFrom: Int32Array.from({ length: 16 }, (_, i) => (i === 15 ? 5 : 0)),
  injectMask: Float32Array.from({ length: 16 }, (_, i) => (i === 15 ? 1 : 0)),
}

export const flux1SelfTest: SelfTestBlock = {
  graph: (tensors, compute) => flux1Graph(selfTestConfig, tensors, compute),
  inputs() {
    const noise = (seed: number, ...dims: [number, number]) =>
      floats(gaussianNoise(seed, dims[0] * dims[1]), ...dims)
    const run = {
      grid,
      reference: gaussianNoise(3, 256),
      control,
      guidance: 3,
      conditioning: { tokens: noise(1, 8, 32), pooled: noise(2, 1, 16) },
    }
    const step = { latents: gaussianNoise(4, 256), sigma: 0.7, lambda: 0.4 }
    return {
      ...constantInputs(selfTestConfig, run, 'F32'),
      ...stepInputs(control, step, 'F32'),
    }
  },
  features: selfTestConfig.in_channels,
  // From the plain forward pass in test/gpu-worker/backbones/flux1/naive-flux1.ts.
  knownAnswer: [-0.023253, 1.545441, -0.128385, 1.360562],
}
