/**
 * A FLUX.1 checkpoint folder: one folder per component, or the transformer as the single file of
 * the original release.
 */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Component, openComponent, openFile } from '../../checkpoint/layout.ts'
import { configOfSingleFile } from './tensors.ts'

/**
 * Opens the transformer: `transformer/`, or else the file `flux1*.safetensors`.
 *
 * @throws Error if neither exists
 */
export async function openTransformer(folder: string): Promise<Component> {
  const names = await readdir(folder)
  if (names.includes('transformer')) return openComponent(join(folder, 'transformer'))
  const single = names.find((name) => /^flux1.*\.safetensors$/.test(name))
  if (single === undefined)
    throw new Error(`${folder} has neither a transformer folder nor a flux1*.safetensors file`)
  return openFile(join(folder, single), configOfSingleFile)
}
