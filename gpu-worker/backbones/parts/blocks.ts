/**
 * The blocks of FLUX.1 in the order of their forward pass (diffusers transformer_flux.py,
 * normalization.py, embeddings.py). Tensor names are the checkpoint's own. Shapes: S tokens of a
 * stream, D width, M width of the MLP.
 */

import type { Value } from '../../onnx/graph.ts'
import {
  add,
  affineLayerNorm,
  chunk,
  concat,
  gather,
  geluTanh,
  mul,
  reshape,
  rmsNorm,
  silu,
} from '../../onnx/ops.ts'
import {
  type KeysAndControl,
  lastAttention,
  type Streams,
  sequenceAttention,
  streamAttention,
  targetAndOthers,
} from './attention.ts'
import type { Emitter, FromTo } from './emitter.ts'
import type { ControlValues } from './sequence/control-values.ts'

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
  return e.linear(x, `${name}.weight`, [to, from], e.weight(`${name}.bias`, [to]))
}

/**
 * `linear_2(SiLU(linear_1(x)))`: the embedders of time, guidance and pooled text, [1, from] to [1,
 * D].
 */
export function embedder(e: Emitter, x: Value, name: string, [from, to]: FromTo): Value {
  const hidden = silu(e.g, linearLayer(e, x, `${name}.linear_1`, [from, to]))
  return linearLayer(e, hidden, `${name}.linear_2`, [to, to])
}

/** Rows [D] of a part of a block. `scale` is 1 + the checkpoint's, so that it is LayerNorm's own weight. */
export type Gated = { readonly shift: Value; readonly scale: Value; readonly gate: Value }

/**
 * `count` triples of shift, scale and gate from one row [1, 3 count D].
 *
 * @param width D
 */
export function gatedRows(
  e: Emitter,
  row: Value,
  { width, count }: { readonly width: number; readonly count: number },
): Gated[] {
  const { g } = e
  const flat = reshape(g, row, [-1]) // [3 count D]
  const rows = chunk(g, add(g, flat, e.onesAtScales(width, count)), 3 * count, 0)
  return Array.from({ length: count }, (_, i) => {
    const [shift, scale, gate] = rows.slice(3 * i, 3 * i + 3) as [Value, Value, Value]
    return { shift, scale, gate }
  })
}

/** Scale and shift [D] of the last norm, from rows [1, D]. */
export function lastScaleAndShift(
  e: Emitter,
  { scale, shift }: { readonly scale: Value; readonly shift: Value },
): { readonly scale: Value; readonly shift: Value } {
  const { g } = e
  return { scale: add(g, reshape(g, scale, [-1]), e.ones(1)), shift: reshape(g, shift, [-1]) }
}

/** AdaLN: `count` triples of shift, scale and gate from the conditioning. */
function modulation(e: Emitter, conditioned: Value, name: string, rows: AdaLnRows): Gated[] {
  const { width, count } = rows
  return gatedRows(e, linearLayer(e, conditioned, name, [width, 3 * count * width]), rows)
}

type AdaLnRows = { readonly width: number; readonly count: number }

/** `LN(x) * scale + shift`, LN without weights; x is [S, D], scale (1 + the checkpoint's) and shift [D]. */
export function modulate(
  e: Emitter,
  x: Value,
  { scale, shift }: { readonly scale: Value; readonly shift: Value },
): Value {
  return affineLayerNorm(e.g, x, scale, shift, EPSILON)
}

/** RMSNorm of each head: [S, D] to [S, D]. */
export function headNorm(e: Emitter, x: Value, name: string, widths: Widths): Value {
  const { g } = e
  const heads = reshape(g, x, [0, widths.heads, widths.head]) // [S, H, Dh]
  const normed = rmsNorm(g, heads, e.weight(`${name}.weight`, [widths.head]), EPSILON)
  return reshape(g, normed, [0, widths.model])
}

/** The values that all blocks of a transformer share; `conditioned` [1, D] is SiLU of the conditioning. */
export type BlockContext = ControlValues & { readonly conditioned: Value; readonly widths: Widths }

/**
 * Text and image in separate streams with joint attention. The view has only the overlap-aware mask
 * (OAM), and nothing is injected.
 */
export function doubleBlock(
  e: Emitter,
  name: string,
  { text, image }: Streams,
  { conditioned, sequence, widths, doubleView: view }: BlockContext,
): Streams {
  const { g } = e
  const d = widths.model
  const rows = { width: d, count: 2 }
  const two = (key: string) =>
    modulation(e, conditioned, `${name}.${key}.linear`, rows) as [Gated, Gated]
  const imageMod = two('norm1')
  const textMod = two('norm1_context')
  const imageIn = modulate(e, image, imageMod[0])
  const textIn = modulate(e, text, textMod[0])

  const project = (x: Value, key: string) => linearLayer(e, x, `${name}.attn.${key}`, [d, d])
  const normed = (x: Value, key: string, norm: string) =>
    headNorm(e, project(x, key), `${name}.attn.${norm}`, widths)
  const q = {
    image: normed(imageIn, 'to_q', 'norm_q'),
    text: normed(textIn, 'add_q_proj', 'norm_added_q'),
  }
  const k = concat(
    g,
    [normed(imageIn, 'to_k', 'norm_k'), normed(textIn, 'add_k_proj', 'norm_added_k')],
    0,
  ) // [S, D]
  const v = concat(g, [project(imageIn, 'to_v'), project(textIn, 'add_v_proj')], 0)
  const out = streamAttention(g, sequence, { q, k, v, view })

  const finished = (x: Value, attended: Value, [attention, mlp]: [Gated, Gated], ff: string) =>
    feedForward(e, `${name}.${ff}`, add(g, x, mul(g, attended, attention.gate)), mlp, widths)
  return {
    text: finished(text, project(out.text, 'to_add_out'), textMod, 'ff_context'),
    image: finished(image, project(out.image, 'to_out.0'), imageMod, 'ff'),
  }
}

/** `x + gate * MLP(modulated x)`, x [S, D]. */
function feedForward(e: Emitter, name: string, x: Value, mod: Gated, widths: Widths): Value {
  const { g } = e
  const { model: d, mlp } = widths
  const hidden = linearLayer(e, modulate(e, x, mod), `${name}.net.0.proj`, [d, mlp])
  const out = linearLayer(e, geluTanh(g, hidden), `${name}.net.2`, [mlp, d])
  return add(g, x, mul(g, out, mod.gate))
}

/**
 * What differs between the single blocks of families: queries, keys, values and the activated MLP [S,
 * M] of modulated rows, and the projection [S, D] of attention and MLP beside each other [S, D + M].
 */
export type SingleLayers = {
  readonly modulation: Gated
  readonly q: (h: Value) => Value
  readonly k: (h: Value) => Value
  readonly v: (h: Value) => Value
  readonly mlp: (h: Value) => Value
  readonly out: (both: Value) => Value
}

/** All tokens in one stream x [S, D], with attention and MLP in parallel. */
export function parallelBlock(
  e: Emitter,
  x: Value,
  layers: SingleLayers,
  { sequence, view, injection }: ControlValues,
): Value {
  const { g } = e
  const h = modulate(e, x, layers.modulation) // [S, D]
  const rest = { k: layers.k(h), v: layers.v(h), view, injection }
  // CTI acts on the attention half, before the projection that attention and MLP share.
  const attended = sequenceAttention(g, sequence, { q: layers.q(h), ...rest }) // [S, D]
  return finished(e, x, attended, layers.mlp(h), layers)
}

/**
 * The last block, of which only target rows are read [I, D]: other rows are keys, values and, where
 * they are injected, queries.
 */
export function lastParallelBlock(
  e: Emitter,
  x: Value,
  layers: SingleLayers,
  { sequence, view, injection }: ControlValues,
): Value {
  const { g } = e
  const h = modulate(e, x, layers.modulation) // [S, D]
  const { target, others } = targetAndOthers(g, sequence, h)
  const rest: KeysAndControl = { k: layers.k(h), v: layers.v(h), view, injection }
  const qSources = injection && layers.q(gather(g, others, injection.sources)) // [P, D]
  const attended = lastAttention(g, sequence, { qTarget: layers.q(target), qSources, ...rest })
  const own = targetAndOthers(g, sequence, x).target
  return finished(e, own, attended, layers.mlp(target), layers)
}

function finished(
  e: Emitter,
  x: Value,
  attended: Value,
  mlp: Value,
  { modulation, out }: SingleLayers,
): Value {
  const { g } = e
  return add(g, x, mul(g, out(concat(g, [attended, mlp], 1)), modulation.gate))
}

/** FLUX.1's single block. */
export function singleLayers(
  e: Emitter,
  name: string,
  { conditioned, widths }: Pick<BlockContext, 'conditioned' | 'widths'>,
): SingleLayers {
  const { model: d, mlp } = widths
  const rows = { width: d, count: 1 }
  const [modulated] = modulation(e, conditioned, `${name}.norm.linear`, rows) as [Gated]
  const project = (h: Value, key: string) => linearLayer(e, h, `${name}.attn.${key}`, [d, d])
  const normed = (h: Value, key: string, norm: string) =>
    headNorm(e, project(h, key), `${name}.attn.${norm}`, widths)
  return {
    modulation: modulated,
    q: (h) => normed(h, 'to_q', 'norm_q'),
    k: (h) => normed(h, 'to_k', 'norm_k'),
    v: (h) => project(h, 'to_v'),
    mlp: (h) => geluTanh(e.g, linearLayer(e, h, `${name}.proj_mlp`, [d, mlp])),
    out: (both) => linearLayer(e, both, `${name}.proj_out`, [d + mlp, d]),
  }
}
