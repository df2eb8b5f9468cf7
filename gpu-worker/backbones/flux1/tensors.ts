/**
 * FLUX.1's tensors under diffusers' names, from either of the two file layouts. The original single
 * file fuses projections and stores the final shift before the scale; byte ranges undo both without
 * copying (diffusers convert_flux_to_diffusers.py).
 */

import { unusable } from '../../checkpoint/unusable.ts'
import type { ExternalTensor } from '../../onnx/graph.ts'
import { TensorRecorder } from '../parts/emitter.ts'
import type { Flux1Config } from './config.ts'

type Tensors = ReadonlyMap<string, ExternalTensor>

/**
 * All tensors by diffusers' names, except that `norm_out.linear` becomes `norm_out.scale` and
 * `norm_out.shift`.
 * A tensor that is not a weight, a bias or the scale of a norm keeps its name, as does a fused one
 * that cannot be split: it is then reported as unknown.
 */
export function flux1Tensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  return tensors.has('img_in.weight') ? fromSingleFile(tensors) : fromFolder(tensors)
}

/** Rows `from` to `to` of a tensor, as a part of its byte range. */
function rows(tensor: ExternalTensor, from: number, to: number): ExternalTensor {
  const [count = 0, ...rest] = tensor.dims
  const rowBytes = tensor.length / count
  return {
    ...tensor,
    dims: [to - from, ...rest],
    offset: tensor.offset + from * rowBytes,
    length: (to - from) * rowBytes,
  }
}

function fromFolder(tensors: Tensors): Tensors {
  const named = new Map(tensors)
  for (const kind of ['weight', 'bias']) {
    const fused = tensors.get(`norm_out.linear.${kind}`)
    const half = (fused?.dims[0] ?? 0) / 2
    if (fused === undefined || half < 1 || !Number.isInteger(half)) continue
    named.delete(`norm_out.linear.${kind}`)
    named.set(`norm_out.scale.${kind}`, rows(fused, 0, half))
    named.set(`norm_out.shift.${kind}`, rows(fused, half, 2 * half))
  }
  return named
}

/** The names of a layer of the single file: one, or several that share its rows in this order. */
const LAYERS: readonly [pattern: RegExp, names: readonly string[]][] = [
  [/^img_in$/, ['x_embedder']],
  [/^txt_in$/, ['context_embedder']],
  [/^time_in\.in_layer$/, ['time_text_embed.timestep_embedder.linear_1']],
  [/^time_in\.out_layer$/, ['time_text_embed.timestep_embedder.linear_2']],
  [/^guidance_in\.in_layer$/, ['time_text_embed.guidance_embedder.linear_1']],
  [/^guidance_in\.out_layer$/, ['time_text_embed.guidance_embedder.linear_2']],
  [/^vector_in\.in_layer$/, ['time_text_embed.text_embedder.linear_1']],
  [/^vector_in\.out_layer$/, ['time_text_embed.text_embedder.linear_2']],
  [/^double_blocks\.(\d+)\.img_mod\.lin$/, ['transformer_blocks.$1.norm1.linear']],
  [/^double_blocks\.(\d+)\.txt_mod\.lin$/, ['transformer_blocks.$1.norm1_context.linear']],
  [
    /^double_blocks\.(\d+)\.img_attn\.qkv$/,
    ['to_q', 'to_k', 'to_v'].map((key) => `transformer_blocks.$1.attn.${key}`),
  ],
  [
    /^double_blocks\.(\d+)\.txt_attn\.qkv$/,
    ['add_q_proj', 'add_k_proj', 'add_v_proj'].map((key) => `transformer_blocks.$1.attn.${key}`),
  ],
  [/^double_blocks\.(\d+)\.img_attn\.norm\.query_norm$/, ['transformer_blocks.$1.attn.norm_q']],
  [/^double_blocks\.(\d+)\.img_attn\.norm\.key_norm$/, ['transformer_blocks.$1.attn.norm_k']],
  [
    /^double_blocks\.(\d+)\.txt_attn\.norm\.query_norm$/,
    ['transformer_blocks.$1.attn.norm_added_q'],
  ],
  [/^double_blocks\.(\d+)\.txt_attn\.norm\.key_norm$/, ['transformer_blocks.$1.attn.norm_added_k']],
  [/^double_blocks\.(\d+)\.img_attn\.proj$/, ['transformer_blocks.$1.attn.to_out.0']],
  [/^double_blocks\.(\d+)\.txt_attn\.proj$/, ['transformer_blocks.$1.attn.to_add_out']],
  [/^double_blocks\.(\d+)\.img_mlp\.0$/, ['transformer_blocks.$1.ff.net.0.proj']],
  [/^double_blocks\.(\d+)\.img_mlp\.2$/, ['transformer_blocks.$1.ff.net.2']],
  [/^double_blocks\.(\d+)\.txt_mlp\.0$/, ['transformer_blocks.$1.ff_context.net.0.proj']],
  [/^double_blocks\.(\d+)\.txt_mlp\.2$/, ['transformer_blocks.$1.ff_context.net.2']],
  [/^single_blocks\.(\d+)\.modulation\.lin$/, ['single_transformer_blocks.$1.norm.linear']],
  [
    /^single_blocks\.(\d+)\.linear1$/,
    ['attn.to_q', 'attn.to_k', 'attn.to_v', 'proj_mlp'].map(
      (key) => `single_transformer_blocks.$1.${key}`,
    ),
  ],
  [/^single_blocks\.(\d+)\.linear2$/, ['single_transformer_blocks.$1.proj_out']],
  [/^single_blocks\.(\d+)\.norm\.query_norm$/, ['single_transformer_blocks.$1.attn.norm_q']],
  [/^single_blocks\.(\d+)\.norm\.key_norm$/, ['single_transformer_blocks.$1.attn.norm_k']],
  [/^final_layer\.linear$/, ['proj_out']],
  [/^final_layer\.adaLN_modulation\.1$/, ['norm_out.shift', 'norm_out.scale']],
]

function fromSingleFile(tensors: Tensors): Tensors {
  const width = tensors.get('img_in.weight')?.dims[0] as number
  const named = new Map<string, ExternalTensor>()
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.')
    const layer = key.slice(0, dot)
    const kind = kindOf(layer, key.slice(dot + 1))
    const rule = LAYERS.find(([pattern]) => pattern.test(layer))
    const count = tensor.dims[0] ?? 0
    if (kind === null || rule === undefined || count <= (rule[1].length - 1) * width) {
      named.set(key, tensor)
      continue
    }
    const [pattern, names] = rule
    names.forEach((name, i) => {
      // Every part is as wide as the model, except the MLP, which has the remaining rows.
      const from = i * width
      const to = i + 1 === names.length ? count : from + width
      const part = names.length === 1 ? tensor : rows(tensor, from, to)
      named.set(`${layer.replace(pattern, name)}.${kind}`, part)
    })
  }
  return named
}

/** What diffusers calls a tensor of a layer; null for one that it does not have. */
function kindOf(layer: string, name: string): 'weight' | 'bias' | null {
  if (name === 'weight' || name === 'bias') return name
  return name === 'scale' && /_norm$/.test(layer) ? 'weight' : null
}

/** RoPE axes by head size: the single file does not contain them, and FLUX.1 has only one kind. */
const AXES: Readonly<Record<number, [number, number, number]>> = { 128: [16, 56, 56] }

/**
 * The config of a single file, derived from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is not a FLUX.1 transformer
 */
export function configOfSingleFile(file: string, tensors: Tensors): Flux1Config {
  const dims = (key: string): readonly number[] => {
    const tensor = tensors.get(key)
    if (tensor === undefined)
      throw unusable(file, `is not a FLUX.1 transformer: there is no ${key}`)
    return tensor.dims
  }
  const blocks = (kind: string) => {
    const numbers = [...tensors.keys()].map(
      (key) => new RegExp(`^${kind}_blocks\\.(\\d+)\\.`).exec(key)?.[1],
    )
    return new Set(numbers.filter((number) => number !== undefined)).size
  }
  const [width = 0, channels = 0] = dims('img_in.weight')
  const [head = 0] = dims('double_blocks.0.img_attn.norm.query_norm.scale')
  const axes = AXES[head]
  if (axes === undefined)
    throw unusable(file, `is not a FLUX.1 transformer: its heads have ${head} dimensions`)
  return {
    in_channels: channels,
    num_layers: blocks('double'),
    num_single_layers: blocks('single'),
    attention_head_dim: head,
    num_attention_heads: width / head,
    joint_attention_dim: dims('txt_in.weight')[1] as number,
    pooled_projection_dim: dims('vector_in.in_layer.weight')[1] as number,
    guidance_embeds: tensors.has('guidance_in.in_layer.weight'),
    axes_dims_rope: axes,
    mlp_ratio: (dims('double_blocks.0.img_mlp.0.weight')[0] as number) / width,
  }
}
