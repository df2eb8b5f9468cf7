/**
 * A checkpoint folder as Hugging Face lays it out: components, each with config.json and
 * safetensors, whole or in shards.
 */

import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { ExternalTensor } from '../onnx/graph.ts'
import { readSafetensors } from './safetensors.ts'

/** One component (transformer, vae, ...): its config as JSON and its tensors by name. */
export type Component = {
  readonly folder: string
  readonly config: unknown
  readonly tensors: ReadonlyMap<string, ExternalTensor>
}

/**
 * Opens the component in `folder`.
 *
 * @throws Error if config.json or the weights are missing, or a tensor occurs in two shards
 */
export async function openComponent(folder: string): Promise<Component> {
  const path = resolve(folder)
  const config: unknown = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))
  const files = (await readdir(path)).filter((name) => name.endsWith('.safetensors')).sort()
  if (files.length === 0) throw new Error(`${path} holds no .safetensors file`)
  const tensors = new Map<string, ExternalTensor>()
  for (const file of files) {
    for (const [name, tensor] of await readSafetensors(join(path, file))) {
      if (tensors.has(name))
        throw new Error(`${path}: ${name} is in two files, ${file} is the second`)
      tensors.set(name, tensor)
    }
  }
  return { folder: path, config, tensors }
}
