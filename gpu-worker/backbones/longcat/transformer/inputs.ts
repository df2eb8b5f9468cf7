/**
 * Host tensors for the inputs of a LongCat-Image graph. Knows the graph's input names and
 * LongCat-Image's position ids; runs nothing.
 */

import { floats, type Tensor } from '../../../onnx/tensor.ts'
import type { VelocityInputs } from '../../family.ts'
import { controlInputs, type Positions } from '../../parts/sequence/inputs.ts'
import type { LongcatConfig } from './config.ts'

/** RoPE base; hard-coded upstream too. */
const THETA = 10_000

/**
 * Position ids: text, target and reference differ on the first axis, and the pictures begin where
 * the text ends on the other two (diffusers pipeline_longcat_image_edit.py, prepare_pos_ids). So all
 * text is rotated, and a longer text moves the pictures.
 *
 * @param textCount tokens of the text
 */
export function longcatPositions(
  { axes_dims_rope }: Pick<LongcatConfig, 'axes_dims_rope'>,
  textCount: number,
): Positions {
  return {
    dims: axes_dims_rope,
    theta: THETA,
    text: (index) => [0, index, index],
    target: (row, col) => [1, textCount + row, textCount + col],
    reference: (row, col) => [2, textCount + row, textCount + col],
  }
}

/** The inputs that stay the same during a run; the conditioning is encoded text [T, joint]. */
export function constantInputs(
  config: LongcatConfig,
  run: VelocityInputs<Tensor>,
): Record<string, Tensor> {
  const { reference, conditioning: text } = run
  const textCount = text.dims[0] as number
  return {
    reference: floats(reference, reference.length / config.in_channels, config.in_channels),
    text,
    ...controlInputs(longcatPositions(config, textCount), run, textCount),
  }
}
