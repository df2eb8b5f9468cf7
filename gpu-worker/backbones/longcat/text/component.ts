/** Qwen2.5-VL as LongCat-Image's text encoder: a component, and its graph on named tensors. */

import { EditError } from '../../../../shared/errors.ts'
import type { Component } from '../../../checkpoint/layout.ts'
import type { Tensor } from '../../../onnx/tensor.ts'
import type { ComponentKind, NamedTensors, RunOptions } from '../../parts/component.ts'
import {
  batched,
  floatInput,
  integerInput,
  runOnce,
  tokenizedInput,
} from '../../parts/named-tensors.ts'
import { openQwen25Vl } from '../../parts/text/qwen-files.ts'
import {
  isUnusedByQwen25Vl,
  Qwen25VlConfig,
  qwen25VlGraph,
  qwen25VlTensors,
} from '../../parts/text/qwen2-5-vl.ts'
import { pictureTokens, qwen25VlInputs } from '../../parts/text/qwen2-5-vl-inputs.ts'
import { patchFeatures } from '../../parts/vision/tower.ts'
import type { PatchGrid } from '../../parts/vision/windows.ts'

export const qwen25VlText: ComponentKind = {
  expect: (config, recorder) => qwen25VlGraph(Qwen25VlConfig.parse(config), recorder, 'F32'),
  named: qwen25VlTensors,
  open: openQwen25Vl,
  unused: isUnusedByQwen25Vl,
  graphs: {
    'qwen2_5-vl': {
      inputs:
        'input_ids i64 [1, T], attention_mask i64 [1, T], pixel_values [P, F], image_grid_thw i64 [1, 3] (one picture); ' +
        'optional position_ids i64 [3, T] (default: get_rope_index of transformers 4)',
      outputs: 'last_hidden_state [1, T, D]',
      run: runQwen25Vl,
    },
  },
}

async function runQwen25Vl(
  component: Component,
  inputs: NamedTensors,
  options: RunOptions,
): Promise<Record<string, Tensor>> {
  const config = Qwen25VlConfig.parse(component.config)
  const numbers = (name: string, rank: number) =>
    Array.from(integerInput(inputs, name, rank).data, Number)
  const text = tokenizedInput(inputs, config.text_config.vocab_size)
  const [moments = 0, rows = 0, cols = 0] = numbers('image_grid_thw', 1)
  const grid = { rows, cols }
  const pixels = floatInput(inputs, 'pixel_values', 2)
  checkPicture(config, text.ids, moments, grid)
  const features = patchFeatures(config.vision_config)
  if (pixels.dims[0] !== rows * cols || pixels.dims[1] !== features)
    throw new EditError(
      'invalid_request',
      `pixel_values is [${pixels.dims}], but image_grid_thw needs [${rows * cols},${features}]`,
    )
  const given = inputs.has('position_ids') ? numbers('position_ids', 2) : undefined
  if (given !== undefined && given.length !== 3 * text.ids.length)
    throw new EditError(
      'invalid_request',
      `position_ids has ${given.length} numbers, but ${text.ids.length} tokens need 3 each`,
    )
  const positions = given && byToken(given)
  const feeds = qwen25VlInputs(config, text, { grid, patches: pixels.data }, positions)
  const model = qwen25VlGraph(config, component.tensors, options.compute)
  return { last_hidden_state: batched(await runOnce(model, options, feeds, 'last_hidden_state')) }
}

/** @throws EditError `invalid_request` if the grid is not that of one picture with its tokens */
function checkPicture(
  config: Qwen25VlConfig,
  ids: readonly number[],
  moments: number,
  grid: PatchGrid,
): void {
  const { rows, cols } = grid
  const merge = config.vision_config.spatial_merge_size
  if (moments !== 1 || rows < 1 || cols < 1 || rows % merge !== 0 || cols % merge !== 0)
    throw new EditError(
      'invalid_request',
      `image_grid_thw is [${moments},${rows},${cols}], but must be one picture of multiples of ${merge}`,
    )
  const wanted = pictureTokens(grid, config)
  const found = ids.filter((id) => id === config.image_token_id).length
  if (found !== wanted)
    throw new EditError(
      'invalid_request',
      `input_ids has ${found} tokens ${config.image_token_id} for the picture, but image_grid_thw needs ${wanted}`,
    )
}

/** Positions on three axes, axis after axis, as one triple per token. */
function byToken(values: readonly number[]): (readonly [number, number, number])[] {
  const count = values.length / 3
  const at = (axis: number, token: number) => values[axis * count + token] as number
  return Array.from({ length: count }, (_, i) => [at(0, i), at(1, i), at(2, i)] as const)
}
