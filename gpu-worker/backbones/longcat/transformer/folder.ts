/**
 * A LongCat-Image-Edit checkpoint folder: one folder per component, or the transformer as ComfyUI's
 * single file.
 */

import { type Component, openFolderOrFile } from '../../../checkpoint/layout.ts'
import { configOfSingleFile } from './tensors.ts'

/** Not `longcat_image_*`: the same shapes, but it was not trained to edit. */
const FILE = {
  file: 'longcat_image_edit*.safetensors',
  matches: /^longcat[-_]image[-_]edit.*\.safetensors$/i,
}

/** Opens the transformer. @throws EditError as {@link openFolderOrFile} */
export function openTransformer(folder: string): Promise<Component> {
  return openFolderOrFile(folder, 'transformer', FILE, configOfSingleFile)
}
