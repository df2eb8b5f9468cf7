/** LongCat-Image's tensors under diffusers' names, from its folder or ComfyUI's single file (parts/layouts.ts). */

import { unusable } from '../../../checkpoint/unusable.ts'
import type { Tensors } from '../../parts/component.ts'
import { TensorRecorder } from '../../parts/emitter.ts'
import {
  BLOCK_LAYERS,
  fromFolder,
  fromSingleFile,
  type LayerNames,
  sizesOfSingleFile,
  withoutPrefix,
} from '../../parts/layouts.ts'
import type { LongcatConfig } from './config.ts'

/** All tensors by diffusers' names, with `norm_out` as in {@link fromFolder}. */
export function longcatTensors(tensors: Tensors): Tensors {
  if (tensors instanceof TensorRecorder) return tensors
  const plain = withoutPrefix(tensors)
  return plain.has('img_in.weight') ? fromSingleFile(plain, LAYERS) : fromFolder(plain)
}

/** FLUX.1's names, with time alone (ComfyUI's convert_original_to_comfy.py, pull request 12597). */
const LAYERS: LayerNames = [
  ...BLOCK_LAYERS,
  [/^time_in\.in_layer$/, ['time_embed.timestep_embedder.linear_1']],
  [/^time_in\.out_layer$/, ['time_embed.timestep_embedder.linear_2']],
]

/**
 * The config of a single file, derived from the shapes of its tensors.
 *
 * @throws EditError `model_unavailable` if it is not a LongCat-Image transformer
 */
export function configOfSingleFile(file: string, stored: Tensors): LongcatConfig {
  const tensors = withoutPrefix(stored)
  if (tensors.has('vector_in.in_layer.weight'))
    throw unusable(file, 'is a FLUX.1 transformer, not one of LongCat-Image')
  return { patch_size: 1, ...sizesOfSingleFile(file, tensors, 'LongCat-Image') }
}
