/** A small LongCat-Image transformer and its known output. */

import { floats } from '../../onnx/tensor.ts'
import { gaussianNoise } from '../../sampler/noise.ts'
import type { SelfTestBlock } from '../family.ts'
import { selfTestControl, selfTestGrid } from '../parts/self-test-control.ts'
import { stepInputs } from '../parts/sequence/inputs.ts'
import type { LongcatConfig } from './transformer/config.ts'
import { longcatGraph } from './transformer/graph.ts'
import { constantInputs } from './transformer/inputs.ts'

/** One double and one single block, two heads, wide enough for fused kernels. */
const config: LongcatConfig = {
  patch_size: 1,
  in_channels: 16,
  num_layers: 1,
  num_single_layers: 1,
  attention_head_dim: 64,
  num_attention_heads: 2,
  joint_attention_dim: 32,
  axes_dims_rope: [16, 24, 24],
  mlp_ratio: 4,
}

export const longcatSelfTest: SelfTestBlock = {
  graph: (tensors, compute) => longcatGraph(config, tensors, compute),
  inputs() {
    const run = {
      grid: selfTestGrid,
      reference: gaussianNoise(3, 256),
      control: selfTestControl,
      guidance: null,
      conditioning: floats(gaussianNoise(1, 256), 8, 32),
    }
    const step = { latents: gaussianNoise(4, 256), sigma: 0.7, lambda: 0.4 }
    return { ...constantInputs(config, run), ...stepInputs(selfTestControl, step, 'F32') }
  },
  features: config.in_channels,
  // From diffusers, by test/parity/make_golden_longcat.py.
  knownAnswer: [0.194736, 1.171729, 0.295616, 1.042642],
}
