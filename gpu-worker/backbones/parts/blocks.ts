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
import type { Emitter } from './emitter.ts'

const EPSILON = 1e-6

/** Widths every block needs. */
export type Widths = {
  readonly model: number
  readonly head: number
  readonly heads: number
  readonly mlp: number
}

/** Linear layer `name` with its bias: [S, from] to [S, to]. */
export function linearLayer(e: Emitter, x: Value, name: string, from: number, to: number): Value {
  return linear(e.g, x, e.weight(`${name}.weight`, [to, from]), e.weight(`${name}.bias`, [to]))
}

/**
 * `linear_2(SiLU(linear_1(x)))`: the embedders of time, guidance and pooled text, [1, from] to [1,
 * D].
 */
export function embedder(e: Emitter, x: Value, name: string, from: number, to: number): Value {
  return linearLayer(
    e,
    silu(e.g, linearLayer(e, x, `${name}.linear_1`, from, to)),
    `${name}.linear_2`,
    to,
    to,
  )
}

/** AdaLN: `count` rows [1, D] from the conditioning; their order is the caller's to know. */
export function modulation(
  e: Emitter,
  embedding: Value,
  name: string,
  width: number,
  count: number,
): Value[] {
  return chunk(e.g, linearLayer(e, silu(e.g, embedding), name, width, count * width), count, 1)
}

/** `LN(x) * (1 + scale) + shift`, LN without weights of its own. */
export function modulate(e: Emitter, x: Value, scale: Value, shift: Value, width: number): Value {
  const { g } = e
  const normed = layerNorm(g, x, e.ones(width), EPSILON)
  return add(g, mul(g, normed, add(g, scale, e.ones(1))), shift)
}

/** RMSNorm of each head: [S, D] to [S, D]. */
function headNorm(e: Emitter, x: Value, name: string, widths: Widths): Value {
  const { g } = e
  const heads = reshape(g, x, [0, widths.heads, widths.head]) // [S, H, Dh]
  const normed = rmsNorm(g, heads, e.weight(`${name}.weight`, [widths.head]), EPSILON)
  return reshape(g, normed, [0, widths.model])
}

type Streams = { readonly text: Value; readonly image: Value }

/**
 * Text and image in streams of their own, joined in attention; the view here is OAM alone, and
 * nothing is injected.
 */
export function doubleBlock(
  e: Emitter,
  { text, image }: Streams,
  embedding: Value,
  sequence: Sequence,
  view: View,
  streamLengths: Value,
  widths: Widths,
  name: string,
): Streams {
  const { g } = e
  const d = widths.model
  const imageMod = modulation(e, embedding, `${name}.norm1.linear`, d, 6) as Modulation6
  const textMod = modulation(e, embedding, `${name}.norm1_context.linear`, d, 6) as Modulation6
  const imageIn = modulate(e, image, imageMod[1], imageMod[0], d)
  const textIn = modulate(e, text, textMod[1], textMod[0], d)

  const project = (x: Value, key: string) => linearLayer(e, x, `${name}.attn.${key}`, d, d)
  const joined = (textKey: string, imageKey: string) =>
    concat(g, [project(textIn, textKey), project(imageIn, imageKey)], 0)
  const normed = (textKey: string, imageKey: string, textNorm: string, imageNorm: string) =>
    concat(
      g,
      [
        headNorm(e, project(textIn, textKey), `${name}.attn.${textNorm}`, widths),
        headNorm(e, project(imageIn, imageKey), `${name}.attn.${imageNorm}`, widths),
      ],
      0,
    )
  const q = normed('add_q_proj', 'to_q', 'norm_added_q', 'norm_q') // [S, D]
  const k = normed('add_k_proj', 'to_k', 'norm_added_k', 'norm_k')
  const v = joined('add_v_proj', 'to_v')
  const attended = controlledAttention(g, q, k, v, sequence, view, null)
  const [textOut, imageOut] = split(g, attended, streamLengths, 2, 0) as [Value, Value]

  return {
    text: finishStream(
      e,
      text,
      project(textOut, 'to_add_out'),
      textMod,
      `${name}.ff_context`,
      widths,
    ),
    image: finishStream(e, image, project(imageOut, 'to_out.0'), imageMod, `${name}.ff`, widths),
  }
}

/** AdaLN-zero of double blocks: shift, scale, gate of attention, then of the MLP. */
type Modulation6 = [Value, Value, Value, Value, Value, Value]

/** Gated residuals of attention and of the MLP. */
function finishStream(
  e: Emitter,
  x: Value,
  attended: Value,
  mod: Modulation6,
  ff: string,
  widths: Widths,
): Value {
  const { g } = e
  const [, , gate, mlpShift, mlpScale, mlpGate] = mod
  const h = add(g, x, mul(g, attended, gate)) // [S, D]
  const hidden = linearLayer(
    e,
    modulate(e, h, mlpScale, mlpShift, widths.model),
    `${ff}.net.0.proj`,
    widths.model,
    widths.mlp,
  )
  const out = linearLayer(e, geluTanh(g, hidden), `${ff}.net.2`, widths.mlp, widths.model)
  return add(g, h, mul(g, out, mlpGate))
}

/** All tokens in one stream [S, D], attention and MLP side by side. */
export function singleBlock(
  e: Emitter,
  x: Value,
  embedding: Value,
  sequence: Sequence,
  view: View,
  injection: Injection,
  widths: Widths,
  name: string,
): Value {
  const { g } = e
  const d = widths.model
  const [shift, scale, gate] = modulation(e, embedding, `${name}.norm.linear`, d, 3) as [
    Value,
    Value,
    Value,
  ]
  const h = modulate(e, x, scale, shift, d) // [S, D]
  const mlp = geluTanh(g, linearLayer(e, h, `${name}.proj_mlp`, d, widths.mlp)) // [S, M]
  const q = headNorm(e, linearLayer(e, h, `${name}.attn.to_q`, d, d), `${name}.attn.norm_q`, widths)
  const k = headNorm(e, linearLayer(e, h, `${name}.attn.to_k`, d, d), `${name}.attn.norm_k`, widths)
  const v = linearLayer(e, h, `${name}.attn.to_v`, d, d)
  // CTI acts on the attention half, before the projection that attention and MLP share.
  const attended = controlledAttention(g, q, k, v, sequence, view, injection) // [S, D]
  const out = linearLayer(e, concat(g, [attended, mlp], 1), `${name}.proj_out`, d + widths.mlp, d)
  return add(g, x, mul(g, out, gate))
}
