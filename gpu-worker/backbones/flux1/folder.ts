/**
 * A FLUX.1 checkpoint folder: components in folders, the transformer perhaps as the single file of
 * the original release.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Component, openComponent, openFile } from '../../checkpoint/layout.ts'
import { configOfSingleFile } from './tensors.ts'

/**
 * The transformer of a folder: `transformer/`, or where there is none, the `flux1*.safetensors`
 * beside the other components.
 *
 * @throws Error if there is neither
 */
export async function openTransformer(folder: string): Promise<Component> {
  const names = await readdir(folder)
  if (names.includes('transformer')) return openComponent(join(folder, 'transformer'))
  const single = names.find((name) => /^flux1.*\.safetensors$/.test(name))
  if (single === undefined)
    throw new Error(`${folder} has neither a folder transformer nor a file flux1*.safetensors`)
  return openFile(join(folder, single), configOfSingleFile)
}
