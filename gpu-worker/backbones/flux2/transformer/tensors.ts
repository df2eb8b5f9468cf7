/** FLUX.2's tensors under diffusers' names, from either of the two file layouts (parts/layouts.ts). */

import { unusable } from '../../../checkpoint/unusable.ts'
import type { Tensors } from '../../parts/component.ts'
import { TensorRecorder } from '../../parts/emitter.ts'
import {
  countBlocks,
  fromFolder,
  fromSingleFile,
  type LayerNames,
  withoutPrefix,
} from '../../parts/layouts.ts'
import type { Flux2Config } from './config.ts'

/** All tensors by diffusers' names, with `norm_out` as in {@link fromFolder}. */
export function flux2Tensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  const plain = withoutPrefix(tensors)
  return plain.has('img_in.weight') ? fromSingleFile(plain, LAYERS) : fromFolder(plain)
}

const BLOCK = 'transformer_blocks.$1'
const SINGLE = 'single_transformer_blocks.$1'

/** diffusers convert_flux2_to_diffusers.py. */
const LAYERS: LayerNames = [
  [/^img_in$/, ['x_embedder']],
  [/^txt_in$/, ['context_embedder']],
  [/^time_in\.in_layer$/, ['time_guidance_embed.timestep_embedder.linear_1']],
  [/^time_in\.out_layer$/, ['time_guidance_embed.timestep_embedder.linear_2']],
  [/^(double_stream_modulation_img|double_stream_modulation_txt)\.lin$/, ['$1.linear']],
  [/^single_stream_modulation\.lin$/, ['single_stream_modulation.linear']],
  [
    /^double_blocks\.(\d+)\.img_attn\.qkv$/,
    ['to_q', 'to_k', 'to_v'].map((key) => `${BLOCK}.attn.${key}`),
  ],
  [
    /^double_blocks\.(\d+)\.txt_attn\.qkv$/,
    ['add_q_proj', 'add_k_proj', 'add_v_proj'].map((key) => `${BLOCK}.attn.${key}`),
  ],
  [/^double_blocks\.(\d+)\.img_attn\.norm\.query_norm$/, [`${BLOCK}.attn.norm_q`]],
  [/^double_blocks\.(\d+)\.img_attn\.norm\.key_norm$/, [`${BLOCK}.attn.norm_k`]],
  [/^double_blocks\.(\d+)\.txt_attn\.norm\.query_norm$/, [`${BLOCK}.attn.norm_added_q`]],
  [/^double_blocks\.(\d+)\.txt_attn\.norm\.key_norm$/, [`${BLOCK}.attn.norm_added_k`]],
  [/^double_blocks\.(\d+)\.img_attn\.proj$/, [`${BLOCK}.attn.to_out.0`]],
  [/^double_blocks\.(\d+)\.txt_attn\.proj$/, [`${BLOCK}.attn.to_add_out`]],
  [/^double_blocks\.(\d+)\.img_mlp\.0$/, [`${BLOCK}.ff.linear_in`]],
  [/^double_blocks\.(\d+)\.img_mlp\.2$/, [`${BLOCK}.ff.linear_out`]],
  [/^double_blocks\.(\d+)\.txt_mlp\.0$/, [`${BLOCK}.ff_context.linear_in`]],
  [/^double_blocks\.(\d+)\.txt_mlp\.2$/, [`${BLOCK}.ff_context.linear_out`]],
  [/^single_blocks\.(\d+)\.linear1$/, [`${SINGLE}.attn.to_qkv_mlp_proj`]],
  [/^single_blocks\.(\d+)\.linear2$/, [`${SINGLE}.attn.to_out`]],
  [/^single_blocks\.(\d+)\.norm\.query_norm$/, [`${SINGLE}.attn.norm_q`]],
  [/^single_blocks\.(\d+)\.norm\.key_norm$/, [`${SINGLE}.attn.norm_k`]],
  [/^final_layer\.linear$/, ['proj_out']],
  [/^final_layer\.adaLN_modulation\.1$/, ['norm_out.shift', 'norm_out.scale']],
]

/** RoPE axes by head size: the single file does not contain them, and FLUX.2 has only one kind. */
const AXES: Readonly<Record<number, [number, number, number, number]>> = { 128: [32, 32, 32, 32] }

/**
 * The config of a single file, derived from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is not a FLUX.2 transformer without distilled guidance
 */
export function configOfSingleFile(file: string, stored: Tensors): Flux2Config {
  const tensors = withoutPrefix(stored)
  const dims = (key: string): readonly number[] => {
    const tensor = tensors.get(key)
    if (tensor === undefined)
      throw unusable(file, `is not a FLUX.2 transformer: there is no ${key}`)
    return tensor.dims
  }
  if (tensors.has('vector_in.in_layer.weight'))
    throw unusable(file, 'is a FLUX.1 transformer, not one of FLUX.2')
  if (tensors.has('guidance_in.in_layer.weight'))
    throw unusable(file, 'is FLUX.2-dev, which is not served: use a FLUX.2-klein')
  dims('double_stream_modulation_img.lin.weight')
  const [width = 0, channels = 0] = dims('img_in.weight')
  const norm = 'double_blocks.0.img_attn.norm.query_norm'
  const [head = 0] = tensors.get(`${norm}.scale`)?.dims ?? dims(`${norm}.weight`)
  const axes = AXES[head]
  if (axes === undefined)
    throw unusable(file, `is not a FLUX.2 transformer: its heads have ${head} dimensions`)
  return {
    patch_size: 1,
    in_channels: channels,
    num_layers: countBlocks(tensors, 'double_blocks'),
    num_single_layers: countBlocks(tensors, 'single_blocks'),
    attention_head_dim: head,
    num_attention_heads: width / head,
    joint_attention_dim: dims('txt_in.weight')[1] as number,
    timestep_guidance_channels: 256,
    mlp_ratio: (dims('double_blocks.0.img_mlp.0.weight')[0] as number) / (2 * width),
    axes_dims_rope: axes,
    rope_theta: 2000,
    eps: 1e-6,
    guidance_embeds: false,
  }
}
