/** Text encoders as components, and their graphs on named tensors. */

import type { Component } from '../../../checkpoint/layout.ts'
import { elementCount, floats, type Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions, Tensors } from '../component.ts'
import { batched, integerInput, runOnce } from '../named-tensors.ts'
import { ClipConfig, clipGraph, clipInputs, clipPooledIndex, withoutPrefix } from './clip.ts'
import { T5Config, t5Buckets, t5Graph } from './t5.ts'

export const clipText: ComponentKind = {
  expect: (config, recorder) => clipGraph(ClipConfig.parse(config), recorder, 'F32'),
  named: withoutPrefix,
  // Positions that transformers counts itself, and the projections and picture half of a whole CLIP.
  unused: (name) =>
    /^(text_model\.)?embeddings\.position_ids$|^(text|visual)_projection\.weight$|^logit_scale$|^vision_model\./.test(
      name,
    ),
  graphs: {
    'clip-text': {
      inputs: 'input_ids i64 [1, T]',
      outputs: 'last_hidden_state [1, T, D], pooler_output [1, D]',
      run: runClip,
    },
  },
}

export const t5Encoder: ComponentKind = {
  expect: (config, recorder) => t5Graph(T5Config.parse(config), recorder, 'F32'),
  // The other half of a whole T5.
  unused: (name) => /^decoder\.|^lm_head\.weight$/.test(name),
  // Some checkpoints store the embedding twice, under two names.
  named: (tensors) =>
    tensors.has('shared.weight') ? without(tensors, 'encoder.embed_tokens.weight') : tensors,
  graphs: {
    't5-encoder': {
      inputs: 'input_ids i64 [1, T]',
      outputs: 'last_hidden_state [1, T, D]',
      run: runT5,
    },
  },
}

function without(tensors: Tensors, name: string): Tensors {
  const rest = new Map(tensors)
  rest.delete(name)
  return rest
}

async function runClip(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = ClipConfig.parse(component.config)
  const ids = integerInput(inputs, 'input_ids', 1)
  const hidden = await runOnce(
    clipGraph(config, component.tensors, options.compute),
    options,
    clipInputs(Array.from(ids.data, Number)),
    'last_hidden_state',
  )
  const at = clipPooledIndex(Array.from(ids.data, Number), config.eos_token_id)
  const d = config.hidden_size
  return {
    last_hidden_state: batched(hidden),
    pooler_output: floats(hidden.data.slice(at * d, (at + 1) * d), 1, d),
  }
}

async function runT5(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = T5Config.parse(component.config)
  const ids = integerInput(inputs, 'input_ids', 1)
  const feeds = { input_ids: ids, buckets: t5Buckets(config, elementCount(ids.dims)) }
  return {
    last_hidden_state: batched(
      await runOnce(
        t5Graph(config, component.tensors, options.compute),
        options,
        feeds,
        'last_hidden_state',
      ),
    ),
  }
}
