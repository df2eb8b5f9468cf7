/**
 * The layouts in which transformers are released: diffusers' folders, and the original single files,
 * which fuse projections and store the final shift before the scale. Byte ranges undo both without
 * copying (diffusers convert_flux_to_diffusers.py).
 */

import { unusable } from '../../checkpoint/unusable.ts'
import type { ExternalTensor } from '../../onnx/graph.ts'
import type { Tensors } from './component.ts'
import { rowRange } from './emitter.ts'
import type { TransformerSizes } from './transformer.ts'

/**
 * How a single file's layers are named in diffusers: one name, or several that share its rows in this
 * order. Every part is as wide as the model, except the last, which has the remaining rows.
 */
export type LayerNames = readonly (readonly [pattern: RegExp, names: readonly string[]])[]

/** ComfyUI's files have the transformer under a prefix. */
export function withoutPrefix(tensors: Tensors): Tensors {
  const prefix = /^(model\.)?diffusion_model\./
  if (![...tensors.keys()].some((name) => prefix.test(name))) return tensors
  return new Map([...tensors].map(([name, tensor]) => [name.replace(prefix, ''), tensor]))
}

/** diffusers' names, with `norm_out.linear` as `norm_out.scale` and `norm_out.shift`. */
export function fromFolder(tensors: Tensors): Tensors {
  const named = new Map(tensors)
  for (const kind of ['weight', 'bias']) {
    const fused = tensors.get(`norm_out.linear.${kind}`)
    const half = (fused?.dims[0] ?? 0) / 2
    if (fused === undefined || half < 1 || !Number.isInteger(half)) continue
    named.delete(`norm_out.linear.${kind}`)
    named.set(`norm_out.scale.${kind}`, rowRange(fused, 0, half))
    named.set(`norm_out.shift.${kind}`, rowRange(fused, half, 2 * half))
  }
  return named
}

/**
 * The tensors of a single file under diffusers' names. A tensor that is not a weight, a bias or the
 * scale of a norm keeps its name, as does a fused one that cannot be split: it is then reported as
 * unknown.
 */
export function fromSingleFile(tensors: Tensors, layers: LayerNames): Tensors {
  const width = tensors.get('img_in.weight')?.dims[0] as number
  const named = new Map<string, ExternalTensor>()
  for (const [key, tensor] of tensors) {
    const dot = key.lastIndexOf('.')
    const layer = key.slice(0, dot)
    const kind = kindOf(layer, key.slice(dot + 1))
    const rule = layers.find(([pattern]) => pattern.test(layer))
    const count = tensor.dims[0] ?? 0
    if (kind === null || rule === undefined || count <= (rule[1].length - 1) * width) {
      named.set(key, tensor)
      continue
    }
    const [pattern, names] = rule
    names.forEach((name, i) => {
      const from = i * width
      const to = i + 1 === names.length ? count : from + width
      const part = names.length === 1 ? tensor : rowRange(tensor, from, to)
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

/** The number of blocks whose names begin with `prefix` and a number. */
export function countBlocks(tensors: Tensors, prefix: string): number {
  const pattern = new RegExp(`^${prefix}\\.(\\d+)\\.`)
  const numbers = [...tensors.keys()].map((key) => pattern.exec(key)?.[1])
  return new Set(numbers.filter((number) => number !== undefined)).size
}

/** Those of a transformer of FLUX.1's blocks (transformer.ts), without the embedders of its conditioning. */
export const BLOCK_LAYERS: LayerNames = [
  [/^img_in$/, ['x_embedder']],
  [/^txt_in$/, ['context_embedder']],
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

/** RoPE axes by head size: single files do not contain them, and there is only one kind of these blocks. */
const AXES: Readonly<Record<number, [number, number, number]>> = { 128: [16, 56, 56] }

/**
 * Sizes of a transformer of FLUX.1's blocks, from the shapes of its single file.
 *
 * @param title what it should be, for the error
 * @throws EditError `model_unavailable` if it is none
 */
export function sizesOfSingleFile(
  file: string,
  tensors: Tensors,
  title: string,
): TransformerSizes & { readonly axes_dims_rope: [number, number, number] } {
  const dims = (key: string) => dimsOf(file, tensors, title, key)
  const [width = 0, channels = 0] = dims('img_in.weight')
  const norm = 'double_blocks.0.img_attn.norm.query_norm'
  // ComfyUI's name for it is the second.
  const [head = 0] = tensors.get(`${norm}.scale`)?.dims ?? dims(`${norm}.weight`)
  const axes = AXES[head]
  if (axes === undefined)
    throw unusable(file, `is not a ${title} transformer: its heads have ${head} dimensions`)
  return {
    in_channels: channels,
    num_layers: countBlocks(tensors, 'double_blocks'),
    num_single_layers: countBlocks(tensors, 'single_blocks'),
    attention_head_dim: head,
    num_attention_heads: width / head,
    joint_attention_dim: dims('txt_in.weight')[1] as number,
    axes_dims_rope: axes,
    mlp_ratio: (dims('double_blocks.0.img_mlp.0.weight')[0] as number) / width,
  }
}

/** The shape of a tensor. @throws EditError `model_unavailable` without it */
export function dimsOf(
  file: string,
  tensors: Tensors,
  title: string,
  key: string,
): readonly number[] {
  const tensor = tensors.get(key)
  if (tensor === undefined)
    throw unusable(file, `is not a ${title} transformer: there is no ${key}`)
  return tensor.dims
}
