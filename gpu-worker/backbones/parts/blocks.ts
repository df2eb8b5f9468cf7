/**
 * The blocks of FLUX.1 in the order of their forward pass (diffusers transformer_flux.py,
 * normalization.py, embeddings.py). Tensor names are the checkpoint's own. Shapes: S tokens of a
 * stream, D width, M width of the MLP.
 */

import type { Value } from '../../onnx/graph.ts'
import {
  add,
  chunk,
  concat,
  geluTanh,
  layerNorm,
  linear,
  mul,
  reshape,
  rmsNorm,
  silu,
  split,
} from '../../onnx/ops.ts'
import { controlledAttention, type Injection, type Sequence, type View } from './attention.ts'
import type { Emitter, FromTo } from './emitter.ts'

const EPSILON = 1e-6

/** Widths that the blocks of a transformer share. */
export type Widths = {
  readonly model: number
  readonly head: number
  readonly heads: number
  readonly mlp: number
}

/** Linear layer `name` with its bias: [S, from] to [S, to]. */
export function linearLayer(e: Emitter, x: Value, name: string, [from, to]: FromTo): Value {
  return linear(e.g, x, e.weight(`${name}.weight`, [to, from]), e.weight(`${name}.bias`, [to]))
}

/**
 * `linear_2(SiLU(linear_1(x)))`: the embedders of time, guidance and pooled text, [1, from] to [1,
 * D].
 */
export function embedder(e: Emitter, x: Value, name: string, [from, to]: FromTo): Value {
  const hidden = silu(e.g, linearLayer(e, x, `${name}.linear_1`, [from, to]))
  return linearLayer(e, hidden, `${name}.linear_2`, [to, to])
}

/** AdaLN: `count` rows [1, D] from the conditioning; the caller knows their order. */
function modulation(e: Emitter, embedding: Value, name: string, rows: AdaLnRows): Value[] {
  const { width, count } = rows
  const all = linearLayer(e, silu(e.g, embedding), name, [width, count * width])
  return chunk(e.g, all, count, 1)
}

type AdaLnRows = { readonly width: number; readonly count: number }

/** `LN(x) * (1 + scale) + shift`, LN without weights; x is [S, width]. */
export function modulate(
  e: Emitter,
  x: Value,
  { scale, shift }: { readonly scale: Value; readonly shift: Value },
  width: number,
): Value {
  const { g } = e
  const normed = layerNorm(g, x, e.ones(width), EPSILON)
  return add(g, mul(g, normed, add(g, scale, e.ones(1))), shift)
}

/** RMSNorm of each head: [S, D] to [S, D]. */
export function headNorm(e: Emitter, x: Value, name: string, widths: Widths): Value {
  const { g } = e
  const heads = reshape(g, x, [0, widths.heads, widths.head]) // [S, H, Dh]
  const normed = rmsNorm(g, heads, e.weight(`${name}.weight`, [widths.head]), EPSILON)
  return reshape(g, normed, [0, widths.model])
}

/** The values that all blocks of a transformer share. */
export type BlockContext = {
  /** Conditioning on time, guidance and pooled text [1, D]. */
  readonly embedding: Value
  readonly sequence: Sequence
  readonly widths: Widths
}

/** Text [T, D], and target and reference [I + R, D]. */
type Streams = { readonly text: Value; readonly image: Value }

/**
 * Text and image in separate streams with joint attention. The view has only the overlap-aware mask
 * (OAM), and nothing is injected.
 *
 * @param streamLengths i64 [2] = T, I + R
 */
export function doubleBlock(
  e: Emitter,
  name: string,
  { text, image }: Streams,
  {
    embedding,
    sequence,
    widths,
    view,
    streamLengths,
  }: BlockContext & {
    readonly view: View
    readonly streamLengths: Value
  },
): Streams {
  const { g } = e
  const d = widths.model
  const rows = { width: d, count: 6 }
  const imageMod = adaLnZero(modulation(e, embedding, `${name}.norm1.linear`, rows))
  const textMod = adaLnZero(modulation(e, embedding, `${name}.norm1_context.linear`, rows))
  const imageIn = modulate(e, image, imageMod.attention, d)
  const textIn = modulate(e, text, textMod.attention, d)

  const project = (x: Value, key: string) => linearLayer(e, x, `${name}.attn.${key}`, [d, d])
  const normed = (x: Value, key: string, norm: string) =>
    headNorm(e, project(x, key), `${name}.attn.${norm}`, widths)
  const q = concat(
    g,
    [normed(textIn, 'add_q_proj', 'norm_added_q'), normed(imageIn, 'to_q', 'norm_q')],
    0,
  ) // [S, D]
  const k = concat(
    g,
    [normed(textIn, 'add_k_proj', 'norm_added_k'), normed(imageIn, 'to_k', 'norm_k')],
    0,
  )
  const v = concat(g, [project(textIn, 'add_v_proj'), project(imageIn, 'to_v')], 0)
  const attended = controlledAttention(g, sequence, { q, k, v, view, injection: null })
  const [textOut, imageOut] = split(g, attended, streamLengths, 2, 0) as [Value, Value]

  const finished = (x: Value, out: Value, mod: AdaLnZero, ff: string) =>
    feedForward(e, `${name}.${ff}`, add(g, x, mul(g, out, mod.attention.gate)), mod.mlp, widths)
  return {
    text: finished(text, project(textOut, 'to_add_out'), textMod, 'ff_context'),
    image: finished(image, project(imageOut, 'to_out.0'), imageMod, 'ff'),
  }
}

type Gated = { readonly shift: Value; readonly scale: Value; readonly gate: Value }
type AdaLnZero = { readonly attention: Gated; readonly mlp: Gated }

/** The six rows of a double block: shift, scale and gate, for attention and then for the MLP. */
function adaLnZero(rows: readonly Value[]): AdaLnZero {
  const [shift, scale, gate, mlpShift, mlpScale, mlpGate] = rows as [
    Value,
    Value,
    Value,
    Value,
    Value,
    Value,
  ]
  return {
    attention: { shift, scale, gate },
    mlp: { shift: mlpShift, scale: mlpScale, gate: mlpGate },
  }
}

/** `x + gate * MLP(modulated x)`, x [S, D]. */
function feedForward(e: Emitter, name: string, x: Value, mod: Gated, widths: Widths): Value {
  const { g } = e
  const { model: d, mlp } = widths
  const hidden = linearLayer(e, modulate(e, x, mod, d), `${name}.net.0.proj`, [d, mlp])
  const out = linearLayer(e, geluTanh(g, hidden), `${name}.net.2`, [mlp, d])
  return add(g, x, mul(g, out, mod.gate))
}

/** All tokens in one stream x [S, D], with attention and MLP in parallel. */
export function singleBlock(
  e: Emitter,
  name: string,
  x: Value,
  {
    embedding,
    sequence,
    widths,
    view,
    injection,
  }: BlockContext & {
    readonly view: View
    readonly injection: Injection
  },
): Value {
  const { g } = e
  const { model: d, mlp: wide } = widths
  const [shift, scale, gate] = modulation(e, embedding, `${name}.norm.linear`, {
    width: d,
    count: 3,
  }) as [Value, Value, Value]
  const h = modulate(e, x, { scale, shift }, d) // [S, D]
  const mlp = geluTanh(g, linearLayer(e, h, `${name}.proj_mlp`, [d, wide])) // [S, M]
  const project = (key: string) => linearLayer(e, h, `${name}.attn.${key}`, [d, d])
  const q = headNorm(e, project('to_q'), `${name}.attn.norm_q`, widths)
  const k = headNorm(e, project('to_k'), `${name}.attn.norm_k`, widths)
  const v = project('to_v')
  // CTI acts on the attention half, before the projection that attention and MLP share.
  const attended = controlledAttention(g, sequence, { q, k, v, view, injection }) // [S, D]
  const out = linearLayer(e, concat(g, [attended, mlp], 1), `${name}.proj_out`, [d + wide, d])
  return add(g, x, mul(g, out, gate))
}
