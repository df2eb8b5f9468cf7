/**
 * The blocks of Stable Diffusion 2's UNet (diffusers resnet.py, transformer_2d.py, attention.py). Tensor
 * names are the checkpoint's own. Shapes: x [1, C, h, w], T tokens of text, D their width.
 */

import type { Emitter, FromTo } from '../../../gpu-worker/backbones/parts/emitter.ts'
import type { Value } from '../../../gpu-worker/onnx/graph.ts'
import {
  add,
  affineLayerNorm,
  attention,
  batched,
  chunk,
  gelu,
  groupNorm,
  linear,
  mul,
  paddedConv,
  reshape,
  shapeOf,
  silu,
  transpose,
  unbatched,
} from '../../../gpu-worker/onnx/ops.ts'

/** Epsilon of the norms of transformers, whatever that of the residual blocks is. */
const TRANSFORMER_EPSILON = 1e-6
const LAYER_EPSILON = 1e-5
/** The MLP is this much wider. */
const WIDER = 4

/** The values that all blocks share. */
export type BlockContext = {
  readonly e: Emitter
  readonly groups: number
  readonly epsilon: number
  /** Time after its embedder and SiLU: [1, width]. */
  readonly time: Value
  readonly timeWidth: number
  /** [T, D] */
  readonly text: Value
  readonly textWidth: number
}

/** 3 x 3 convolution with padding 1. */
export function conv3(e: Emitter, x: Value, name: string, [from, to]: FromTo, stride = 1): Value {
  const weights = [e.weight(`${name}.weight`, [to, from, 3, 3]), e.weight(`${name}.bias`, [to])]
  return paddedConv(e.g, x, ...(weights as [Value, Value]), stride, [1, 1, 1, 1])
}

/** ResnetBlock2D: [1, from, h, w] to [1, to, h, w]. */
export function residual(context: BlockContext, x: Value, name: string, [from, to]: FromTo): Value {
  const { e, time, timeWidth, epsilon } = context
  const { g } = e
  const normed = (value: Value, key: string, width: number) =>
    silu(g, norm(context, value, `${name}.${key}`, width, epsilon))
  const first = conv3(e, normed(x, 'norm1', from), `${name}.conv1`, [from, to])
  const shift = linear(
    g,
    time,
    e.weight(`${name}.time_emb_proj.weight`, [to, timeWidth]),
    e.weight(`${name}.time_emb_proj.bias`, [to]),
  )
  const timed = add(g, first, reshape(g, shift, [1, to, 1, 1]))
  const second = conv3(e, normed(timed, 'norm2', to), `${name}.conv2`, [to, to])
  if (from === to) return add(g, x, second)
  const weight = e.weight(`${name}.conv_shortcut.weight`, [to, from, 1, 1])
  const bias = e.weight(`${name}.conv_shortcut.bias`, [to])
  return add(g, paddedConv(g, x, weight, bias, 1, [0, 0, 0, 0]), second)
}

/** Transformer2DModel with one block: attention within the picture, then to the text, then an MLP. */
export function transformer(
  context: BlockContext,
  x: Value,
  name: string,
  width: number,
  heads: number,
): Value {
  const { e, text, textWidth } = context
  const { g } = e
  const layer = (input: Value, key: string, from: number, to: number, bias = true) =>
    linear(
      g,
      input,
      e.weight(`${name}.${key}.weight`, [to, from]),
      bias ? e.weight(`${name}.${key}.bias`, [to]) : null,
    )
  const block = 'transformer_blocks.0'
  const layerNormed = (input: Value, key: string) => {
    const weights = ['weight', 'bias'].map((kind) =>
      e.weight(`${name}.${block}.${key}.${kind}`, [width]),
    )
    return affineLayerNorm(g, input, ...(weights as [Value, Value]), LAYER_EPSILON)
  }
  const attended = (query: Value, key: string, from: Value, fromWidth: number) => {
    const q = layer(query, `${block}.${key}.to_q`, width, width, false)
    const k = layer(from, `${block}.${key}.to_k`, fromWidth, width, false)
    const v = layer(from, `${block}.${key}.to_v`, fromWidth, width, false)
    const out = attention(g, batched(g, q), batched(g, k), batched(g, v), heads)
    return layer(unbatched(g, out), `${block}.${key}.to_out.0`, width, width)
  }

  const normed = norm(context, x, `${name}.norm`, width, TRANSFORMER_EPSILON)
  const tokens = transpose(g, reshape(g, normed, [width, -1]), [1, 0]) // [h w, C]
  let h = layer(tokens, 'proj_in', width, width)
  const own = layerNormed(h, 'norm1')
  h = add(g, h, attended(own, 'attn1', own, width))
  h = add(g, h, attended(layerNormed(h, 'norm2'), 'attn2', text, textWidth))
  const wide = WIDER * width
  const both = layer(layerNormed(h, 'norm3'), `${block}.ff.net.0.proj`, width, 2 * wide)
  const [hidden, gate] = chunk(g, both, 2, 1) as [Value, Value]
  h = add(g, h, layer(mul(g, hidden, gelu(g, gate)), `${block}.ff.net.2`, wide, width))
  const out = transpose(g, layer(h, 'proj_out', width, width), [1, 0])
  return add(g, x, g.node('Reshape', [out, shapeOf(g, x)]))
}

function norm(
  { e, groups }: BlockContext,
  x: Value,
  name: string,
  width: number,
  epsilon: number,
): Value {
  const weights = [e.weight(`${name}.weight`, [width]), e.weight(`${name}.bias`, [width])] as const
  return groupNorm(e.g, x, weights, groups, epsilon, e.compute)
}
