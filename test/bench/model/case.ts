/** One step of a model under control: a thing of a tenth of the picture, moved by a third of its width. */

import type { ComputeType } from '../../../gpu-worker/backbones/parts/emitter.ts'
import { stepInputs } from '../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import { floats, indices, type Tensor } from '../../../gpu-worker/onnx/tensor.ts'
import { type Control, controlOf } from '../../../gpu-worker/sampler/control.ts'
import { gaussianNoise } from '../../../gpu-worker/sampler/noise.ts'
import { planDrags } from '../../../shared/geometry/plan.ts'
import type { TokenGrid } from '../../../shared/token-grid.ts'
import type { Model } from './models.ts'

const SIGMA = 0.7
const LAMBDA = 0.5

/** The control of the drag. */
export function controlOn({ rows, cols }: TokenGrid): Control {
  const image = { width: 16 * cols, height: 16 * rows }
  const data = new Uint8Array(image.width * image.height)
  const [left, right] = [0.2, 0.5].map((share) => Math.round(share * image.width))
  const [top, bottom] = [0.35, 0.68].map((share) => Math.round(share * image.height))
  for (let y = top as number; y < (bottom as number); y++)
    data.fill(1, y * image.width + (left as number), y * image.width + (right as number))
  const at = (x: number) => ({ x: x * image.width, y: 0.5 * image.height })
  const drags = [{ handle: at(0.35), target: at(0.65) }]
  return controlOf(planDrags(image, { rows, cols }, drags, { ...image, data }))
}

/**
 * The graph's inputs, and what diffusers takes besides the same latents, reference and text: what a
 * pipeline passes, and the control by name.
 */
export type Case = {
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly diffusers: Readonly<Record<string, Tensor>>
}

/** A graph without control takes some of the same inputs. */
export function caseOf(model: Model, compute: ComputeType): Case {
  const { grid, features, positions, guidance } = model
  const count = grid.rows * grid.cols
  const latents = gaussianNoise(3, count * features)
  const reference = gaussianNoise(4, count * features)
  const control = controlOn(grid)
  const step = { latents, sigma: SIGMA, lambda: LAMBDA }
  const idsOf = (kind: 'target' | 'reference', token: number) =>
    positions[kind](Math.floor(token / grid.cols), token % grid.cols)
  const all = Array.from({ length: count }, (_, token) => token)
  const rows = (ids: readonly (readonly number[])[]) =>
    floats(Float32Array.from(ids.flat()), ids.length, positions.dims.length)
  return {
    feeds: {
      ...model.constant({ reference, control }, compute),
      ...stepInputs(control, step, compute),
    },
    diffusers: {
      ...(guidance !== null && { guidance: floats(Float32Array.of(guidance), 1) }),
      timestep: floats(Float32Array.of(SIGMA), 1),
      img_ids: rows([
        ...all.map((token) => idsOf('target', token)),
        ...all.map((token) => idsOf('reference', token)),
      ]),
      txt_ids: rows(Array.from({ length: model.textTokens }, (_, i) => positions.text(i))),
      'control.inject_from': indices(control.injectFrom),
      'control.inject_weight': floats(
        control.injectMask.map((mask) => mask * LAMBDA),
        count,
      ),
      'control.view_tokens': indices(control.viewTokens),
      'control.view_positions': rows(
        control.viewPositions.map((token) => idsOf('reference', token)),
      ),
      'control.double_view_tokens': indices(control.doubleViewTokens),
    },
  }
}
