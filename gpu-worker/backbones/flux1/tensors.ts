/** FLUX.1's tensors under diffusers' names, from either of the two file layouts (parts/layouts.ts). */

import type { Tensors } from '../parts/component.ts'
import { TensorRecorder } from '../parts/emitter.ts'
import {
  BLOCK_LAYERS,
  dimsOf,
  fromFolder,
  fromSingleFile,
  type LayerNames,
  sizesOfSingleFile,
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
  ...BLOCK_LAYERS,
  [/^time_in\.in_layer$/, ['time_text_embed.timestep_embedder.linear_1']],
  [/^time_in\.out_layer$/, ['time_text_embed.timestep_embedder.linear_2']],
  [/^guidance_in\.in_layer$/, ['time_text_embed.guidance_embedder.linear_1']],
  [/^guidance_in\.out_layer$/, ['time_text_embed.guidance_embedder.linear_2']],
  [/^vector_in\.in_layer$/, ['time_text_embed.text_embedder.linear_1']],
  [/^vector_in\.out_layer$/, ['time_text_embed.text_embedder.linear_2']],
]

/**
 * The config of a single file, derived from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is not a FLUX.1 transformer
 */
export function configOfSingleFile(file: string, stored: Tensors): Flux1Config {
  const tensors = withoutPrefix(stored)
  const sizes = sizesOfSingleFile(file, tensors, 'FLUX.1')
  const pooled = dimsOf(file, tensors, 'FLUX.1', 'vector_in.in_layer.weight')
  const [written] = tensors.get('final_layer.linear.weight')?.dims ?? []
  return {
    ...sizes,
    ...(written !== undefined && written !== sizes.in_channels && { out_channels: written }),
    pooled_projection_dim: pooled[1] as number,
    guidance_embeds: tensors.has('guidance_in.in_layer.weight'),
  }
}
