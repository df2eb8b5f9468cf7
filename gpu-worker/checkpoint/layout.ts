/**
 * Reads a checkpoint folder in Hugging Face's layout: one folder per component, with config.json
 * and one or several safetensors files.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import type { ExternalTensor } from '../onnx/graph.ts'
import { readSafetensors } from './safetensors.ts'

const USUAL_NAMES = ['diffusion_pytorch_model.safetensors', 'model.safetensors']

/** `*.safetensors.index.json`: which shard holds which tensor. */
const Index = z.object({ weight_map: z.record(z.string(), z.string()) })

/** One component (transformer, vae, ...): its config as JSON and its tensors by name. */
export type Component = {
  readonly folder: string
  readonly config: unknown
  readonly tensors: ReadonlyMap<string, ExternalTensor>
  /**
   * Digest of the config and of the names, types, shapes and offsets of all tensors, but not of
   * their values.
   */
  readonly fingerprint: string
}

/**
 * Opens the component in `folder`.
 *
 * @throws Error if config.json or the weights are missing, or a tensor occurs in two shards
 */
export async function openComponent(folder: string): Promise<Component> {
  const path = resolve(folder)
  const config: unknown = JSON.parse(await readFile(join(path, 'config.json'), 'utf8'))
  const files = await weightFiles(path)
  const tensors = new Map<string, ExternalTensor>()
  for (const file of files) {
    for (const [name, tensor] of await readSafetensors(join(path, file))) {
      if (tensors.has(name))
        throw new Error(`${path}: ${name} is in two files, the second is ${file}`)
      tensors.set(name, tensor)
    }
  }
  return { folder: path, config, tensors, fingerprint: fingerprintOf(config, tensors) }
}

/** Opens a single file as a component; its config is derived from its tensors. */
export async function openFile(
  file: string,
  configOf: (tensors: ReadonlyMap<string, ExternalTensor>) => unknown,
): Promise<Component> {
  const path = resolve(file)
  const tensors = await readSafetensors(path)
  const config = configOf(tensors)
  return { folder: dirname(path), config, tensors, fingerprint: fingerprintOf(config, tensors) }
}

function fingerprintOf(config: unknown, tensors: ReadonlyMap<string, ExternalTensor>): string {
  const places = [...tensors].map(([name, { type, dims, offset }]) => [name, type, dims, offset])
  return createHash('sha256')
    .update(JSON.stringify([config, places]))
    .digest('hex')
}

/**
 * The files with a component's weights: those in its index, or else the one file with a usual name,
 * or else all. Variants in the same folder, such as fp16, are thereby ignored.
 */
async function weightFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).sort()
  const index = names.find((name) => name.endsWith('.safetensors.index.json'))
  if (index !== undefined) {
    const { weight_map: map } = Index.parse(JSON.parse(await readFile(join(folder, index), 'utf8')))
    return [...new Set(Object.values(map))].sort()
  }
  const usual = names.filter((name) => USUAL_NAMES.includes(name))
  const files = usual.length > 0 ? usual : names.filter((name) => name.endsWith('.safetensors'))
  if (files.length === 0) throw new Error(`${folder} has no .safetensors file`)
  return files
}

/**
 * Reads every file of a component once, front to back. A GPU session copies its weights one by one
 * from the page cache; from a cold disk that is many times slower than reading ahead.
 */
export async function warmPageCache(component: Component): Promise<void> {
  const files = new Set([...component.tensors.values()].map(({ file }) => file))
  for (const file of files)
    for await (const _ of createReadStream(file, { highWaterMark: 8 << 20 }));
}
