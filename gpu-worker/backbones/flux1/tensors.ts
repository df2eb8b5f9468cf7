/** FLUX.1's tensors under diffusers' names, from either of the two file layouts (parts/layouts.ts). */

import { unusable } from '../../checkpoint/unusable.ts'
import type { Tensors } from '../parts/component.ts'
import { TensorRecorder } from '../parts/emitter.ts'
import {
  countBlocks,
  fromFolder,
  fromSingleFile,
  type LayerNames,
  withoutPrefix,
} from '../parts/layouts.ts'
import type { Flux1Config } from './config.ts'

/** All tensors by diffusers' names, with `norm_out` as in {@link fromFolder}. */
export function flux1Tensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  const plain = withoutPrefix(tensors)
  return plain.has('img_in.weight') ? fromSingleFile(plain, LAYERS) : fromFolder(plain)
}

/** The names of a layer of the single file: one, or several that share its rows in this order. */
const LAYERS: LayerNames = [
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

/** RoPE axes by head size: the single file does not contain them, and FLUX.1 has only one kind. */
const AXES: Readonly<Record<number, [number, number, number]>> = { 128: [16, 56, 56] }

/**
 * The config of a single file, derived from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is not a FLUX.1 transformer
 */
export function configOfSingleFile(file: string, stored: Tensors): Flux1Config {
  const tensors = withoutPrefix(stored)
  const dims = (key: string): readonly number[] => {
    const tensor = tensors.get(key)
    if (tensor === undefined)
      throw unusable(file, `is not a FLUX.1 transformer: there is no ${key}`)
    return tensor.dims
  }
  const [width = 0, channels = 0] = dims('img_in.weight')
  const [written = channels] = tensors.get('final_layer.linear.weight')?.dims ?? []
  const [head = 0] = dims('double_blocks.0.img_attn.norm.query_norm.scale')
  const axes = AXES[head]
  if (axes === undefined)
    throw unusable(file, `is not a FLUX.1 transformer: its heads have ${head} dimensions`)
  return {
    in_channels: channels,
    ...(written !== channels && { out_channels: written }),
    num_layers: countBlocks(tensors, 'double_blocks'),
    num_single_layers: countBlocks(tensors, 'single_blocks'),
    attention_head_dim: head,
    num_attention_heads: width / head,
    joint_attention_dim: dims('txt_in.weight')[1] as number,
    pooled_projection_dim: dims('vector_in.in_layer.weight')[1] as number,
    guidance_embeds: tensors.has('guidance_in.in_layer.weight'),
    axes_dims_rope: axes,
    mlp_ratio: (dims('double_blocks.0.img_mlp.0.weight')[0] as number) / width,
  }
}
