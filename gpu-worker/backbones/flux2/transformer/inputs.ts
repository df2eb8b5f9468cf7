/**
 * Host tensors for the inputs of a FLUX.2 graph. Knows the graph's input names and FLUX.2's
 * position ids; runs nothing.
 */

import { floats, type Tensor } from '../../../onnx/tensor.ts'
import type { VelocityInputs } from '../../family.ts'
import { controlInputs, type Positions } from '../../parts/sequence/inputs.ts'
import type { Flux2Config } from './config.ts'

/** First axis of the position ids of the first reference image (diffusers pipeline_flux2_klein.py, `scale`). */
const REFERENCE_ID = 10

/** Position ids: image, row, column, and the place in the text, which is rotated too. */
export function flux2Positions(
  config: Pick<Flux2Config, 'axes_dims_rope' | 'rope_theta'>,
): Positions {
  return {
    dims: config.axes_dims_rope,
    theta: config.rope_theta,
    text: (index) => [0, 0, 0, index],
    target: (row, col) => [0, row, col, 0],
    reference: (row, col) => [REFERENCE_ID, row, col, 0],
  }
}

/** The inputs that stay the same during a run; the conditioning is encoded text [T, joint]. */
export function constantInputs(
  config: Flux2Config,
  run: VelocityInputs<Tensor>,
): Record<string, Tensor> {
  const { reference, conditioning: text } = run
  return {
    reference: floats(reference, reference.length / config.in_channels, config.in_channels),
    text,
    ...controlInputs(flux2Positions(config), run, text.dims[0] as number),
  }
}
