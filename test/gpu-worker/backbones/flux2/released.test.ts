/** FLUX.2-klein at full size: the graphs need exactly the tensors of the released checkpoints. */

import { expect, test } from 'vitest'
import { expectedTensors } from '../../../../gpu-worker/backbones/check.ts'
import { flux2 } from '../../../../gpu-worker/backbones/flux2/family.ts'
import { elementCount } from '../../../../gpu-worker/onnx/tensor.ts'
import { releasedKlein4b, releasedKlein9b } from '../../../fixtures/released.ts'

const autoencoder = {
  _class_name: 'AutoencoderKLFlux2',
  block_out_channels: [128, 256, 512, 512],
  layers_per_block: 2,
  latent_channels: 32,
  norm_num_groups: 32,
}
const qwen3 = (hidden: number, intermediate: number) => ({
  model_type: 'qwen3',
  hidden_size: hidden,
  intermediate_size: intermediate,
  num_hidden_layers: 36,
  num_attention_heads: 32,
  num_key_value_heads: 8,
  head_dim: 128,
  vocab_size: 151_936,
  rope_theta: 1_000_000,
})

test.each([
  // One linear layer of the file, norm_out, is used as two halves: one more name.
  ['klein-4B', 'transformer', releasedKlein4b, 169 + 1, 3_875_544_576],
  ['klein-9B', 'transformer', releasedKlein9b, 233 + 1, 9_078_581_248],
  // Without the count of batches; two statistics of 128 numbers are no parameters.
  ['autoencoder', 'vae', autoencoder, 251 - 1, 84_046_115 + 256],
  // The embedding and 27 of 36 layers, with 11 tensors each: 151,936 x 2,560 + 27 x 100,930,816, and 151,936 x
  // 4,096 + 27 x 192,946,432.
  ['Qwen3-4B', 'text_encoder', qwen3(2560, 9728), 1 + 27 * 11, 3_114_088_192],
  ['Qwen3-8B', 'text_encoder', qwen3(4096, 12_288), 1 + 27 * 11, 5_831_883_520],
] as const)('%s', (_, name, config, tensors, parameters) => {
  const expected = expectedTensors(flux2.components[name], config)
  expect(expected.size).toBe(tensors)
  const sum = [...expected.values()].reduce((all, { dims }) => all + elementCount(dims), 0)
  expect(sum).toBe(parameters)
})
