/**
 * A FLUX.2 checkpoint folder: one folder per component, or the transformer as the single file of
 * the original release.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Component,
  openComponent,
  openFile,
  otherFormats,
} from '../../../checkpoint/layout.ts'
import { unusable } from '../../../checkpoint/unusable.ts'
import { configOfSingleFile } from './tensors.ts'

/**
 * Opens the transformer: `transformer/`, or else the file `flux-2*.safetensors`.
 *
 * @throws EditError `model_unavailable` if neither exists, and as {@link openComponent}
 */
export async function openTransformer(folder: string): Promise<Component> {
  const names = await readdir(folder)
  if (names.includes('transformer')) return openComponent(join(folder, 'transformer'))
  const single = names.find((name) => /^flux-?2.*\.safetensors$/.test(name))
  if (single === undefined)
    throw unusable(
      folder,
      `has neither a transformer folder nor a flux-2*.safetensors file${otherFormats(names)}`,
    )
  const file = join(folder, single)
  return openFile(file, (tensors) => configOfSingleFile(file, tensors))
}
