/**
 * A transformer of one single-stream block, as unlike FLUX.1 as the seam allows: four RoPE axes
 * (reference id, row, col, place in the text), no pooled text, tokens of one pixel.
 */

import type { VelocityInputs } from '../../../../gpu-worker/backbones/family.ts'
import { controlledAttention } from '../../../../gpu-worker/backbones/parts/attention.ts'
import { linearLayer } from '../../../../gpu-worker/backbones/parts/blocks.ts'
import { type ComputeType, Emitter } from '../../../../gpu-worker/backbones/parts/emitter.ts'
import {
  type PositionIds,
  ropeTable,
  tokenPositions,
} from '../../../../gpu-worker/backbones/parts/rope.ts'
import { type ExternalTensor, Graph, type Value } from '../../../../gpu-worker/onnx/graph.ts'
import { add, concat, split } from '../../../../gpu-worker/onnx/ops.ts'
import { floats, indices, type Tensor } from '../../../../gpu-worker/onnx/tensor.ts'
import type { Control } from '../../../../gpu-worker/sampler/control.ts'

export const CHANNELS = 3
const WIDTH = 12
const AXES = [2, 4, 4, 2]
const THETA = 2000
const REFERENCE_ID = 10

export function thirdGraph(
  tensors: ReadonlyMap<string, ExternalTensor>,
  compute: ComputeType,
): Uint8Array {
  const e = new Emitter(new Graph(), tensors, compute)
  const { g } = e
  const latents = e.floatInput('latents', ['I', CHANNELS])
  const reference = e.floatInput('reference', ['R', CHANNELS])
  const words = e.floatInput('text', ['T', 1])
  const sigma = e.floatInput('sigma', [1, 1])
  const lengths = g.input('lengths', 'I64', [3])
  const otherLengths = g.input('other_lengths', 'I64', [2])
  const ropeInput = (prefix: string, length: string) => ({
    cos: e.floatInput(`${prefix}cos`, [1, length, WIDTH / 2]),
    sin: e.floatInput(`${prefix}sin`, [1, length, WIDTH / 2]),
  })
  const sequence = { lengths, otherLengths, heads: 1, rope: ropeInput('', 'S') }
  const view = { index: g.input('view_index', 'I64', ['K']), rope: ropeInput('view_', 'K') }
  const injection = {
    from: g.input('inject_from', 'I64', ['I']),
    weight: e.floatInput('inject_weight', ['I', 1]),
  }

  const image = linearLayer(e, concat(g, [latents, reference], 0), 'image', [CHANNELS, WIDTH])
  const text = linearLayer(e, words, 'text', [1, WIDTH]) // [T, D]
  const time = linearLayer(e, sigma, 'time', [1, WIDTH]) // [1, D]
  const x = add(g, concat(g, [text, image], 0), time) // [S, D]
  const layer = (name: string) => linearLayer(e, x, name, [WIDTH, WIDTH])
  const projected = { q: layer('q'), k: layer('k'), v: layer('v') }
  const attended = controlledAttention(g, sequence, { ...projected, view, injection }) // [S, D]
  const [, target] = split(g, add(g, x, attended), lengths, 3, 0) as [Value, Value] // [I, D]
  e.floatOutput('velocity', linearLayer(e, target, 'out', [WIDTH, CHANNELS]), ['I', CHANNELS])
  return g.finish()
}

/** Inputs that stay the same over a run. */
export function runInputs(run: VelocityInputs<Tensor>): Record<string, Tensor> {
  const { grid, reference, control, conditioning: text } = run
  const count = grid.rows * grid.cols
  const words = text.dims[0] as number
  const zeros = (length: number) => new Array<number>(length).fill(0)
  const ids = (tokens: readonly number[]) => tokens.map(() => REFERENCE_ID)
  const all = zeros(count).map((_, i) => i)
  const { rows, cols } = tokenPositions(all, grid)
  const native = [
    [...zeros(words + count), ...ids(all)],
    [...zeros(words), ...rows, ...rows],
    [...zeros(words), ...cols, ...cols],
    [...zeros(words).map((_, i) => i), ...zeros(2 * count)],
  ]
  const seen = tokenPositions(control.viewPositions, grid)
  const view = [ids(control.viewPositions), seen.rows, seen.cols, zeros(seen.rows.length)]
  return {
    reference: floats(reference, count, CHANNELS),
    text,
    lengths: indices([words, count, count]),
    other_lengths: indices([words, count]),
    ...ropeInputs('', native),
    ...ropeInputs('view_', view),
    view_index: indices(control.viewTokens),
    inject_from: indices(control.injectFrom),
  }
}

/** Inputs of one step. */
export function stepInputs(
  { injectMask }: Control,
  latents: Float32Array,
  sigma: number,
  lambda: number,
): Record<string, Tensor> {
  const count = injectMask.length
  return {
    latents: floats(latents, count, CHANNELS),
    sigma: floats(Float32Array.of(sigma), 1, 1),
    inject_weight: floats(
      injectMask.map((mask) => mask * lambda),
      count,
      1,
    ),
  }
}

function ropeInputs(prefix: string, ids: PositionIds): Record<string, Tensor> {
  const { cos, sin, width } = ropeTable(ids, AXES, THETA)
  const tokens = cos.length / width
  return {
    [`${prefix}cos`]: floats(cos, 1, tokens, width),
    [`${prefix}sin`]: floats(sin, 1, tokens, width),
  }
}
