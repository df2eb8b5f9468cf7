/** LongCat-Image-Edit at full size: the graphs need exactly the tensors of the released checkpoint. */

import { expect, test } from 'vitest'
import { expectedTensors } from '../../../../gpu-worker/backbones/check.ts'
import { longcat } from '../../../../gpu-worker/backbones/longcat/family.ts'
import { elementCount } from '../../../../gpu-worker/onnx/tensor.ts'
import { releasedLongcat } from '../../../fixtures/released.ts'

/** Qwen2.5-VL-7B, with its text's values beside the tower's. */
const text = {
  model_type: 'qwen2_5_vl',
  hidden_size: 3584,
  intermediate_size: 18_944,
  num_hidden_layers: 28,
  num_attention_heads: 28,
  num_key_value_heads: 4,
  vocab_size: 152_064,
  rms_norm_eps: 1e-6,
  rope_theta: 1_000_000,
  rope_scaling: { type: 'mrope', mrope_section: [16, 24, 24] },
  vision_config: {
    depth: 32,
    hidden_size: 1280,
    intermediate_size: 3420,
    num_heads: 16,
    out_hidden_size: 3584,
  },
}

test.each([
  ['transformer', releasedLongcat, 6_270_668_864],
  // 8,292,166,656 parameters without the head of 152,064 x 3,584.
  ['text_encoder', text, 8_292_166_656 - 152_064 * 3584],
] as const)('%s', (name, config, parameters) => {
  const expected = expectedTensors(longcat.components[name], config)
  const sum = [...expected.values()].reduce((all, { dims }) => all + elementCount(dims), 0)
  expect(sum).toBe(parameters)
  expect(expected.get('context_embedder.weight')?.dims).toEqual(
    name === 'transformer' ? [3072, 3584] : undefined,
  )
})
