/**
 * The blocks of FLUX.2 in the order of their forward pass (diffusers transformer_flux2.py). They have
 * no biases, all blocks of a kind share one modulation, and the MLP is a SwiGLU. Tensor names are
 * the checkpoint's own. Shapes: S tokens of a stream, D width, M width of the MLP.
 */

import type { Value } from '../../../onnx/graph.ts'
import { add, chunk, concat, linear, mul, silu, split } from '../../../onnx/ops.ts'
import { indices } from '../../../onnx/tensor.ts'
import { controlledAttention } from '../../parts/attention.ts'
import { headNorm, modulate, type Widths } from '../../parts/blocks.ts'
import type { Emitter, FromTo } from '../../parts/emitter.ts'
import type { ControlValues } from '../../parts/sequence/control-values.ts'

/** Linear layer `name` without bias: [S, from] to [S, to]. */
export function bareLinear(e: Emitter, x: Value, name: string, [from, to]: FromTo): Value {
  return linear(e.g, x, e.weight(`${name}.weight`, [to, from]), null)
}

/** Shift, scale and gate [1, D] of a part of a block. */
export type Gated = { readonly shift: Value; readonly scale: Value; readonly gate: Value }

/** `count` triples of shift, scale and gate from the conditioning [1, D]. */
export function modulations(
  e: Emitter,
  embedding: Value,
  name: string,
  [width, count]: readonly [width: number, count: number],
): Gated[] {
  const all = bareLinear(e, silu(e.g, embedding), `${name}.linear`, [width, 3 * count * width])
  const rows = chunk(e.g, all, 3 * count, 1)
  return Array.from({ length: count }, (_, i) => {
    const [shift, scale, gate] = rows.slice(3 * i, 3 * i + 3) as [Value, Value, Value]
    return { shift, scale, gate }
  })
}

/** What the blocks of a transformer share. */
export type Flux2Context = ControlValues & { readonly widths: Widths }

/** Text [T, D], and target and reference [I + R, D]. */
type Streams = { readonly text: Value; readonly image: Value }

/** Modulation of attention and MLP, for each stream. */
export type DoubleModulation = Readonly<Record<'text' | 'image', readonly [Gated, Gated]>>

/**
 * Text and image in separate streams with joint attention. The view has only the overlap-aware mask
 * (OAM), and nothing is injected.
 */
export function flux2DoubleBlock(
  e: Emitter,
  name: string,
  { text, image }: Streams,
  modulation: DoubleModulation,
  { sequence, streamLengths, doubleView, widths }: Flux2Context,
): Streams {
  const { g } = e
  const d = widths.model
  const imageIn = modulate(e, image, modulation.image[0], d)
  const textIn = modulate(e, text, modulation.text[0], d)
  const project = (x: Value, key: string) => bareLinear(e, x, `${name}.attn.${key}`, [d, d])
  const normed = (x: Value, key: string, norm: string) =>
    headNorm(e, project(x, key), `${name}.attn.${norm}`, widths)
  const both = (ofText: Value, ofImage: Value) => concat(g, [ofText, ofImage], 0) // [S, D]
  const q = both(normed(textIn, 'add_q_proj', 'norm_added_q'), normed(imageIn, 'to_q', 'norm_q'))
  const k = both(normed(textIn, 'add_k_proj', 'norm_added_k'), normed(imageIn, 'to_k', 'norm_k'))
  const v = both(project(textIn, 'add_v_proj'), project(imageIn, 'to_v'))
  const inputs = { q, k, v, view: doubleView, injection: null }
  const attended = controlledAttention(g, sequence, inputs)
  const [textOut, imageOut] = split(g, attended, streamLengths, 2, 0) as [Value, Value]

  const finished = (x: Value, out: Value, [attention, mlp]: readonly [Gated, Gated], ff: string) =>
    feedForward(e, `${name}.${ff}`, add(g, x, mul(g, out, attention.gate)), mlp, widths)
  return {
    text: finished(text, project(textOut, 'to_add_out'), modulation.text, 'ff_context'),
    image: finished(image, project(imageOut, 'to_out.0'), modulation.image, 'ff'),
  }
}

/** `x + gate * MLP(modulated x)`, x [S, D]. */
function feedForward(e: Emitter, name: string, x: Value, mod: Gated, widths: Widths): Value {
  const { g } = e
  const { model: d, mlp } = widths
  const hidden = bareLinear(e, modulate(e, x, mod, d), `${name}.linear_in`, [d, 2 * mlp])
  const [gate, up] = chunk(g, hidden, 2, 1) as [Value, Value]
  const out = bareLinear(e, mul(g, silu(g, gate), up), `${name}.linear_out`, [mlp, d])
  return add(g, x, mul(g, out, mod.gate))
}

/** All tokens in one stream x [S, D], with attention and MLP in parallel from one product. */
export function flux2SingleBlock(
  e: Emitter,
  name: string,
  x: Value,
  modulation: Gated,
  { sequence, view, injection, widths }: Flux2Context,
): Value {
  const { g } = e
  const { model: d, mlp } = widths
  const h = modulate(e, x, modulation, d) // [S, D]
  const attn = `${name}.attn`
  const fused = bareLinear(e, h, `${attn}.to_qkv_mlp_proj`, [d, 3 * d + 2 * mlp])
  const sizes = g.constant(indices([d, d, d, mlp, mlp]))
  const [qIn, kIn, v, gate, up] = split(g, fused, sizes, 5, 1) as [
    Value,
    Value,
    Value,
    Value,
    Value,
  ]
  const q = headNorm(e, qIn, `${attn}.norm_q`, widths)
  const k = headNorm(e, kIn, `${attn}.norm_k`, widths)
  // CTI acts on the attention half, before the projection that attention and MLP share.
  const attended = controlledAttention(g, sequence, { q, k, v, view, injection }) // [S, D]
  const both = concat(g, [attended, mul(g, silu(g, gate), up)], 1) // [S, D + M]
  const out = bareLinear(e, both, `${attn}.to_out`, [d + mlp, d])
  return add(g, x, mul(g, out, modulation.gate))
}
