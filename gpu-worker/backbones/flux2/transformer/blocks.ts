/**
 * The blocks of FLUX.2 in the order of their forward pass (diffusers transformer_flux2.py). They have
 * no biases, all blocks of a kind share one modulation, and the MLP is a SwiGLU. Tensor names are
 * the checkpoint's own. Shapes: S tokens of a stream, D width, M width of the MLP.
 */

import type { Value } from '../../../onnx/graph.ts'
import { add, concat, mul, silu } from '../../../onnx/ops.ts'
import { type Streams, streamAttention } from '../../parts/attention.ts'
import {
  type Gated,
  gatedRows,
  headNorm,
  modulate,
  type SingleLayers,
  type Widths,
} from '../../parts/blocks.ts'
import type { Emitter, FromTo } from '../../parts/emitter.ts'
import type { ControlValues } from '../../parts/sequence/control-values.ts'

/** Linear layer `name` without bias: [S, from] to [S, to]. */
export function bareLinear(e: Emitter, x: Value, name: string, [from, to]: FromTo): Value {
  return e.linear(x, `${name}.weight`, [to, from], null)
}

/** Layers that the checkpoint has fused into `name` [from, to], one by one: each has some of its rows. */
function fusedLinear(e: Emitter, name: string, [from, to]: FromTo) {
  return (x: Value, rows: FromTo) => e.linear(x, `${name}.weight`, [to, from], null, rows)
}

/** `count` triples of shift, scale and gate from SiLU of the conditioning [1, D]. */
export function modulations(
  e: Emitter,
  conditioned: Value,
  name: string,
  [width, count]: readonly [width: number, count: number],
): Gated[] {
  const row = bareLinear(e, conditioned, `${name}.linear`, [width, 3 * count * width])
  return gatedRows(e, row, { width, count })
}

/** What the blocks of a transformer share. */
export type Flux2Context = ControlValues & { readonly widths: Widths }

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
  { sequence, doubleView: view, widths }: Flux2Context,
): Streams {
  const { g } = e
  const d = widths.model
  const imageIn = modulate(e, image, modulation.image[0])
  const textIn = modulate(e, text, modulation.text[0])
  const project = (x: Value, key: string) => bareLinear(e, x, `${name}.attn.${key}`, [d, d])
  const normed = (x: Value, key: string, norm: string) =>
    headNorm(e, project(x, key), `${name}.attn.${norm}`, widths)
  const both = (ofImage: Value, ofText: Value) => concat(g, [ofImage, ofText], 0) // [S, D]
  const q = {
    image: normed(imageIn, 'to_q', 'norm_q'),
    text: normed(textIn, 'add_q_proj', 'norm_added_q'),
  }
  const k = both(normed(imageIn, 'to_k', 'norm_k'), normed(textIn, 'add_k_proj', 'norm_added_k'))
  const v = both(project(imageIn, 'to_v'), project(textIn, 'add_v_proj'))
  const out = streamAttention(g, sequence, { q, k, v, view })

  const finished = (
    x: Value,
    attended: Value,
    [attention, mlp]: readonly [Gated, Gated],
    ff: string,
  ) => feedForward(e, `${name}.${ff}`, add(g, x, mul(g, attended, attention.gate)), mlp, widths)
  return {
    text: finished(text, project(out.text, 'to_add_out'), modulation.text, 'ff_context'),
    image: finished(image, project(out.image, 'to_out.0'), modulation.image, 'ff'),
  }
}

/** `x + gate * MLP(modulated x)`, x [S, D]. */
function feedForward(e: Emitter, name: string, x: Value, mod: Gated, widths: Widths): Value {
  const { g } = e
  const { model: d, mlp } = widths
  const h = modulate(e, x, mod)
  const part = fusedLinear(e, `${name}.linear_in`, [d, 2 * mlp])
  const hidden = swiGlu(e, part(h, [0, mlp]), part(h, [mlp, 2 * mlp]))
  const out = bareLinear(e, hidden, `${name}.linear_out`, [mlp, d])
  return add(g, x, mul(g, out, mod.gate))
}

/** `SiLU(gate) * up`. */
function swiGlu({ g }: Emitter, gate: Value, up: Value): Value {
  return mul(g, silu(g, gate), up)
}

/** The single block, whose queries, keys, values and MLP are one layer in the checkpoint. */
export function flux2SingleLayers(
  e: Emitter,
  name: string,
  modulation: Gated,
  widths: Widths,
): SingleLayers {
  const { model: d, mlp } = widths
  const attn = `${name}.attn`
  const part = fusedLinear(e, `${attn}.to_qkv_mlp_proj`, [d, 3 * d + 2 * mlp])
  const first = 3 * d
  return {
    modulation,
    q: (h) => headNorm(e, part(h, [0, d]), `${attn}.norm_q`, widths),
    k: (h) => headNorm(e, part(h, [d, 2 * d]), `${attn}.norm_k`, widths),
    v: (h) => part(h, [2 * d, first]),
    mlp: (h) => swiGlu(e, part(h, [first, first + mlp]), part(h, [first + mlp, first + 2 * mlp])),
    out: (both) => bareLinear(e, both, `${attn}.to_out`, [d + mlp, d]),
  }
}
