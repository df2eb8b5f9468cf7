/**
 * An autoencoder as the single file of the original release or of ComfyUI (`ae.safetensors`): other
 * names, the decoder's levels in the other order, and 1x1 convolutions where diffusers has linear
 * layers (diffusers single_file_utils.py, convert_ldm_vae_checkpoint).
 */

import { type Component, openFolderOrFile } from '../../../checkpoint/layout.ts'
import { unusable } from '../../../checkpoint/unusable.ts'
import type { ExternalTensor } from '../../../onnx/graph.ts'
import type { Tensors } from '../component.ts'
import { TensorRecorder } from '../emitter.ts'
import { countBlocks } from '../layouts.ts'

/** FLUX.1's scale and shift, which its file does not contain. */
const FLUX1_LATENTS = { scaling_factor: 0.3611, shift_factor: 0.1159 }
const GROUPS = 32

const FILE = { file: 'ae.safetensors', matches: /^(ae|.*vae).*\.safetensors$/i }

/** Opens the autoencoder of a checkpoint folder. @throws EditError as {@link openFolderOrFile} */
export function openAutoencoderIn(folder: string): Promise<Component> {
  return openFolderOrFile(folder, 'vae', FILE, configOfSingleFile)
}

const PREFIX = /^(first_stage_model|vae)\./

/** All tensors by diffusers' names. One that has no place keeps its name, and is reported as unknown. */
export function autoencoderTensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  const plain = withoutPrefix(tensors)
  if (!plain.has('encoder.down.0.block.0.norm1.weight')) return tensors
  const levels = countBlocks(plain, 'decoder.up')
  return new Map([...plain].map(([name, tensor]) => renamed(name, tensor, levels)))
}

function withoutPrefix(tensors: Tensors): Tensors {
  return new Map([...tensors].map(([name, tensor]) => [name.replace(PREFIX, ''), tensor]))
}

const ATTENTION: Readonly<Record<string, string>> = {
  norm: 'group_norm',
  q: 'to_q',
  k: 'to_k',
  v: 'to_v',
  proj_out: 'to_out.0',
}

function renamed(name: string, tensor: ExternalTensor, levels: number): [string, ExternalTensor] {
  const attention = /^(encoder|decoder)\.mid\.attn_1\.(norm|q|k|v|proj_out)\.(weight|bias)$/.exec(
    name,
  )
  if (attention !== null) {
    const [, half, layer = '', kind] = attention
    const to = `${half}.mid_block.attentions.0.${ATTENTION[layer]}.${kind}`
    // A 1x1 convolution is a linear layer with two more axes.
    return [to, { ...tensor, dims: tensor.dims.slice(0, 2) }]
  }
  const to = name
    .replace(/^(encoder|decoder)\.(quant_conv|post_quant_conv)\./, '$2.')
    .replace(/^(encoder|decoder)\.norm_out\./, '$1.conv_norm_out.')
    .replace(
      /^(encoder|decoder)\.mid\.block_(\d)\./,
      (_, half, n) => `${half}.mid_block.resnets.${Number(n) - 1}.`,
    )
    .replace(/^encoder\.down\.(\d+)\.block\./, 'encoder.down_blocks.$1.resnets.')
    .replace(/^encoder\.down\.(\d+)\.downsample\./, 'encoder.down_blocks.$1.downsamplers.0.')
    .replace(
      /^decoder\.up\.(\d+)\.block\./,
      (_, i) => `decoder.up_blocks.${levels - 1 - i}.resnets.`,
    )
    .replace(
      /^decoder\.up\.(\d+)\.upsample\./,
      (_, i) => `decoder.up_blocks.${levels - 1 - i}.upsamplers.0.`,
    )
    .replace('.nin_shortcut.', '.conv_shortcut.')
  return [to, tensor]
}

/**
 * vae/config.json of a single file, derived from the shapes of its tensors: FLUX.2's with the
 * statistics of a batch norm, otherwise FLUX.1's.
 *
 * @throws EditError `model_unavailable` if it is no such autoencoder
 */
export function configOfSingleFile(file: string, stored: Tensors): object {
  const tensors = withoutPrefix(stored)
  const firstOf = (key: string): number => {
    const dim = tensors.get(key)?.dims[0]
    if (dim === undefined) throw unusable(file, `is not FLUX's autoencoder: there is no ${key}`)
    return dim
  }
  const levels = countBlocks(tensors, 'encoder.down')
  const widths = (half: string) =>
    Array.from({ length: Math.max(1, levels) }, (_, i) =>
      firstOf(`${half}.${i}.block.0.conv2.weight`),
    )
  const encoder = widths('encoder.down')
  const decoder = widths('decoder.up')
  const isFlux2 = tensors.has('bn.running_mean')
  const same = encoder.every((width, i) => width === decoder[i])
  if (!same && !isFlux2)
    throw unusable(file, "is not FLUX's autoencoder: its halves differ in width")
  const has = (name: string) => tensors.has(`${name}.weight`)
  return {
    _class_name: isFlux2 ? 'AutoencoderKLFlux2' : 'AutoencoderKL',
    block_out_channels: encoder,
    layers_per_block: countBlocks(tensors, 'encoder.down.0.block'),
    latent_channels: firstOf('encoder.conv_out.weight') / 2,
    norm_num_groups: GROUPS,
    use_quant_conv: has('encoder.quant_conv') || has('quant_conv'),
    use_post_quant_conv: has('decoder.post_quant_conv') || has('post_quant_conv'),
    ...(isFlux2 ? !same && { decoder_block_out_channels: decoder } : FLUX1_LATENTS),
  }
}
