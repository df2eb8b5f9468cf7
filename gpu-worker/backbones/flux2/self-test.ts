/** A small FLUX.2 transformer and its known output. */

import { floats } from '../../onnx/tensor.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type { SelfTestBlock } from '../family.ts'
import { selfTestControl, selfTestGrid } from '../parts/self-test-control.ts'
import { stepInputs } from '../parts/sequence/inputs.ts'
import type { Flux2Config } from './transformer/config.ts'
import { flux2Graph } from './transformer/graph.ts'
import { constantInputs } from './transformer/inputs.ts'

/** One double and one single block, two heads, wide enough for fused kernels. */
export const selfTestConfig: Flux2Config = {
  patch_size: 1,
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 64,
  num_attention_heads: 2,
  joint_attention_dim: 32,
  timestep_guidance_channels: 256,
  mlp_ratio: 3,
  axes_dims_rope: [16, 16, 16, 16],
  rope_theta: 2000,
  eps: 1e-6,
  guidance_embeds: false,
}

export const flux2SelfTest: SelfTestBlock = {
  graph: (tensors, compute) => flux2Graph(selfTestConfig, tensors, compute),
  inputs() {
    const run = {
      grid: selfTestGrid,
      reference: gaussianNoise(3, 256),
      control: selfTestControl,
      guidance: null,
      conditioning: floats(gaussianNoise(1, 256), 8, 32),
    }
    const step = { latents: gaussianNoise(4, 256), sigma: 0.7, lambda: 0.4 }
    return {
      ...constantInputs(selfTestConfig, run),
      ...stepInputs(selfTestControl, step, 'F32'),
    }
  },
  features: selfTestConfig.in_channels,
  // From diffusers, by test/parity/make_golden_flux2.py.
  knownAnswer: [0.155473, 0.553665, 0.210542, 0.89647],
}
