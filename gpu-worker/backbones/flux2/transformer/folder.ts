/**
 * A FLUX.2 checkpoint folder: one folder per component, or the transformer as the single file of
 * the original release.
 */

import { type Component, openFolderOrFile } from '../../../checkpoint/layout.ts'
import { configOfSingleFile } from './tensors.ts'

const FILE = { file: 'flux-2*.safetensors', matches: /^flux[-_.]?2.*\.safetensors$/i }

/** Opens the transformer. @throws EditError as {@link openFolderOrFile} */
export function openTransformer(folder: string): Promise<Component> {
  return openFolderOrFile(folder, 'transformer', FILE, configOfSingleFile)
}
