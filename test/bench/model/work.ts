/** How much a step of the plain backbone computes. */

import { elementCount } from '../../../gpu-worker/onnx/tensor.ts'
import type { Model } from './models.ts'
import { weightShapes } from './weights.ts'

/** Parameters, and floating-point operations of the products of a step, as in diffusers. */
export type Work = { readonly parameters: number; readonly operations: number }

/** Every matrix once for each row that it is multiplied by, and attention of all tokens to all. */
export function workOf(model: Model): Work {
  const image = 2 * model.grid.rows * model.grid.cols
  const all = image + model.textTokens
  const rowsOf = (name: string) => {
    if (/norm|modulation|time|guidance/.test(name)) return 1
    if (/^single_/.test(name)) return all
    return /context|\.add_|to_add_out/.test(name) ? model.textTokens : image
  }
  let parameters = 0
  let products = 0
  for (const [name, dims] of weightShapes(model)) {
    parameters += elementCount(dims)
    if (dims.length === 2) products += elementCount(dims) * rowsOf(name)
  }
  const { num_layers, num_single_layers } = model.config as Record<string, number>
  const width = model.heads * (model.config.attention_head_dim as number)
  const attention = 2 * all * all * width * ((num_layers ?? 0) + (num_single_layers ?? 0))
  return { parameters, operations: 2 * (products + attention) }
}
