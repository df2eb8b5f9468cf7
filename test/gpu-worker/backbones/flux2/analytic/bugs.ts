/**
 * Bugs of FLUX.2's graph and positions, simulated through what they read: a graph that takes the parts of
 * a layer in another order computes what the right graph computes with the parts exchanged.
 */

import type { Flux2Config } from '../../../../../gpu-worker/backbones/flux2/transformer/config.ts'
import { flux2Positions } from '../../../../../gpu-worker/backbones/flux2/transformer/inputs.ts'
import type { Positions } from '../../../../../gpu-worker/backbones/parts/sequence/inputs.ts'
import type { NamedTensor } from '../../../../../gpu-worker/checkpoint/safetensors.ts'

type Bend = (tensor: NamedTensor) => NamedTensor

/** Exchanges two of `count` equal groups of rows of one tensor. */
const rowsSwapped =
  (name: string, count: number, first: number, second: number): Bend =>
  (tensor) => {
    if (tensor.name !== `${name}.weight`) return tensor
    const size = tensor.data.length / count
    const data = tensor.data.slice()
    data.set(tensor.data.subarray(first * size, (first + 1) * size), second * size)
    data.set(tensor.data.subarray(second * size, (second + 1) * size), first * size)
    return { ...tensor, data }
  }

const renamed =
  (one: string, other: string): Bend =>
  (tensor) => {
    const exchanged = (name: string) =>
      name.includes(one) ? name.replace(one, other) : name.replace(other, one)
    return { ...tensor, name: exchanged(tensor.name) }
  }

const each =
  (...bends: readonly Bend[]): Bend =>
  (tensor) =>
    bends.reduce((bent, bend) => bend(bent), tensor)

const DOUBLE = 'double_stream_modulation_img.linear'
const COPY = 'single_transformer_blocks.0.attn'
/** Queries, keys and values of 256 rows, and two halves of an MLP of 16. */
const FUSED = (3 * 256 + 2 * 16) / 16

/** Rows of the fused layer in groups of 16: 16 groups each of queries, keys and values. */
const fusedSwapped = (first: number, second: number) =>
  each(
    ...Array.from({ length: 16 }, (_, i) =>
      rowsSwapped(`${COPY}.to_qkv_mlp_proj`, FUSED, 16 * first + i, 16 * second + i),
    ),
  )

/** The output layer with the MLP's columns before the attention's. */
const mlpFirst: Bend = (tensor) => {
  if (tensor.name !== `${COPY}.to_out.weight`) return tensor
  const [rows = 0, columns = 0] = tensor.dims
  const data = tensor.data.map((_, i) => {
    const column = ((i % columns) + rows) % columns
    return tensor.data[Math.floor(i / columns) * columns + column] as number
  })
  return { ...tensor, data }
}

export const weightBugs: readonly (readonly [string, Bend])[] = [
  ["SwiGLU's gate and value exchanged", rowsSwapped('transformer_blocks.0.ff.linear_in', 2, 0, 1)],
  ["shift and scale of a double block's MLP exchanged", rowsSwapped(DOUBLE, 6, 3, 4)],
  [
    'modulations of attention and MLP exchanged',
    each(rowsSwapped(DOUBLE, 6, 0, 3), rowsSwapped(DOUBLE, 6, 1, 4), rowsSwapped(DOUBLE, 6, 2, 5)),
  ],
  [
    'modulations of the two streams exchanged',
    renamed('double_stream_modulation_img', 'double_stream_modulation_txt'),
  ],
  ['MLPs of the two streams exchanged', renamed('.ff.', '.ff_context.')],
  [
    "shift and gate of the single blocks' modulation exchanged",
    rowsSwapped('single_stream_modulation.linear', 3, 0, 2),
  ],
  ['shift and scale of the last modulation exchanged', rowsSwapped('norm_out.linear', 2, 0, 1)],
  ['queries and keys of the fused layer exchanged', fusedSwapped(0, 1)],
  ['keys and values of the fused layer exchanged', fusedSwapped(1, 2)],
  ["the MLP's half first in the output layer", mlpFirst],
  [
    'the weight of the QK-norm lost',
    (tensor) =>
      tensor.name.includes('.attn.norm_') ? { ...tensor, data: tensor.data.map(() => 1) } : tensor,
  ],
]

export const positionBugs: readonly (readonly [string, (config: Flux2Config) => Positions])[] = [
  ["FLUX.1's image id of the reference", withReference((row, col) => [1, row, col, 0])],
  ['no image id of the reference', withReference((row, col) => [0, row, col, 0])],
  ['rows and columns exchanged', withReference((row, col) => [10, col, row, 0])],
  ['the first axis of the reference last', withReference((row, col) => [row, col, 0, 10])],
  [
    'the text at the image id of the reference',
    (config) => ({ ...flux2Positions(config), text: (index) => [10, 0, 0, index] }),
  ],
  ["FLUX.1's base of the rotation", (config) => ({ ...flux2Positions(config), theta: 10_000 })],
]

function withReference(reference: Positions['reference']) {
  return (config: Flux2Config): Positions => ({ ...flux2Positions(config), reference })
}
