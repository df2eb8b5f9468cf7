/** Qwen3 as FLUX.2's text encoder: a component, and its graph on named tensors. */

import { EditError } from '../../../../shared/errors.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../../parts/component.ts'
import { batched, runOnce, tokenizedInput } from '../../parts/named-tensors.ts'
import { openQwen3 } from '../../parts/text/qwen-files.ts'
import { Qwen3Config, qwen3Graph, qwen3Inputs } from '../../parts/text/qwen3.ts'

/** The hidden states that FLUX.2-klein reads (diffusers pipeline_flux2_klein.py). */
export const HIDDEN_STATES = [9, 18, 27] as const
const LAYERS = Math.max(...HIDDEN_STATES)

export const qwen3Text: ComponentKind = {
  expect: (config, recorder) =>
    qwen3Graph(Qwen3Config.parse(config), recorder, 'F32', HIDDEN_STATES),
  named: (tensors) => tensors,
  open: openQwen3,
  // The layers that nobody reads, and the head that writes text.
  unused: (name) => {
    const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1]
    return layer === undefined
      ? name === 'model.norm.weight' || name === 'lm_head.weight'
      : Number(layer) >= LAYERS
  },
  graphs: {
    'qwen3-text': {
      inputs: `input_ids i64 [1, T], attention_mask i64 [1, T]; --hidden-states, default ${HIDDEN_STATES}`,
      outputs: 'prompt_embeds [1, T, states * D]',
      run: runQwen3,
    },
  },
}

async function runQwen3(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = Qwen3Config.parse(component.config)
  const states = options.hiddenStates ?? HIDDEN_STATES
  const most = config.num_hidden_layers - 1
  const bad = states.find((state) => state > most)
  if (bad !== undefined)
    throw new EditError(
      'invalid_option',
      `--hidden-states has ${bad}, but the model has states 0 to ${most} before its final norm`,
    )
  const { ids, attended } = tokenizedInput(inputs, config.vocab_size)
  const model = qwen3Graph(config, component.tensors, options.compute, states)
  const feeds = qwen3Inputs(config, ids, attended)
  return { prompt_embeds: batched(await runOnce(model, options, feeds, 'prompt_embeds')) }
}
