/**
 * Reads a checkpoint folder in Hugging Face's layout: one folder per component, with config.json
 * and one or several safetensors files.
 */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { z } from 'zod'
import { EditError } from '../../shared/errors.ts'
import type { ExternalTensor } from '../onnx/graph.ts'
import { readJsonFile } from './json-file.ts'
import { packedFault } from './packed.ts'
import { isAccepted, readHeader, type StoredTensor } from './safetensors.ts'
import { withScales } from './scales.ts'
import { unreadable, unusable } from './unusable.ts'

const USUAL_NAMES = ['diffusion_pytorch_model.safetensors', 'model.safetensors']

/** `*.safetensors.index.json`: which shard holds which tensor. */
const Index = z.object({ weight_map: z.record(z.string(), z.string()) })

/** One component (transformer, vae, ...): its config as JSON and its tensors by name. */
export type Component = {
  readonly folder: string
  readonly config: unknown
  /** What the config was read from: config.json, or a file whose shapes tell. */
  readonly configFile: string
  readonly tensors: ReadonlyMap<string, ExternalTensor>
  /** Tensors of types that no graph accepts. */
  readonly others: ReadonlyMap<string, StoredTensor>
  /**
   * Digest of the config and of the names, types, shapes and offsets of all tensors, but not of
   * their values.
   */
  readonly fingerprint: string
}

/**
 * Opens the component in `folder`.
 *
 * @throws EditError `model_unavailable` if config.json or weights are missing or broken, or a tensor
 * occurs in two shards
 */
export async function openComponent(folder: string): Promise<Component> {
  const path = resolve(folder)
  const all = await readdir(path).catch((cause) => {
    throw unreadable(path, cause)
  })
  // macOS writes a `._model.safetensors` beside a file on a disk of another system.
  const names = all.filter((name) => !name.startsWith('.'))
  const config = await readJsonFile(join(path, 'config.json'))
  const stored = new Map<string, StoredTensor>()
  for (const file of await weightFiles(path, names))
    for (const [name, tensor] of await readHeader(join(path, file))) {
      if (stored.has(name)) throw unusable(path, `${name} is in two files, the second is ${file}`)
      stored.set(name, tensor)
    }
  const from = { folder: path, configFile: join(path, 'config.json') }
  return componentOf(from, config, await withScales(path, stored))
}

/**
 * Opens a single file as a component; its config is derived from its tensors.
 *
 * @throws EditError `model_unavailable` as {@link readHeader}, for packed weights, and as `configOf`
 */
export async function openFile(
  file: string,
  configOf: (tensors: ReadonlyMap<string, ExternalTensor>) => unknown,
): Promise<Component> {
  const path = resolve(file)
  const stored = await withScales(path, await readHeader(path))
  const { tensors } = byType(stored)
  const config = configOrPacked(path, stored, () => configOf(tensors))
  return componentOf({ folder: dirname(path), configFile: path }, config, stored)
}

/** A config; where it cannot be derived because weights are packed, the error says that instead. */
function configOrPacked(
  path: string,
  stored: ReadonlyMap<string, StoredTensor>,
  configOf: () => unknown,
): unknown {
  try {
    return configOf()
  } catch (error) {
    const packed = packedFault(stored)
    throw error instanceof EditError && packed !== null ? unusable(path, packed) : error
  }
}

/**
 * Opens a component of a checkpoint folder: its own folder `name`, or else the one file that matches.
 *
 * @param file the file's usual name, for the error
 * @throws EditError `model_unavailable` if there is neither or more than one file, as {@link openComponent},
 * and as `configOf`
 */
export async function openFolderOrFile(
  folder: string,
  name: string,
  { file, matches }: { readonly file: string; readonly matches: RegExp },
  configOf: (path: string, tensors: ReadonlyMap<string, ExternalTensor>) => unknown,
): Promise<Component> {
  const names = (await readdir(folder)).filter((other) => !other.startsWith('.'))
  if (names.includes(name)) return openComponent(join(folder, name))
  const [single, another] = names.filter((other) => matches.test(other)).sort()
  if (single === undefined)
    throw unusable(folder, `has neither a ${name} folder nor a file ${file}${otherFormats(names)}`)
  if (another !== undefined)
    throw unusable(
      folder,
      `has two files that may be the ${name}: ${single} and ${another}; keep one`,
    )
  const path = join(folder, single)
  return openFile(path, (tensors) => configOf(path, tensors))
}

function componentOf(
  from: Pick<Component, 'folder' | 'configFile'>,
  config: unknown,
  stored: ReadonlyMap<string, StoredTensor>,
): Component {
  const { tensors, others } = byType(stored)
  return { ...from, config, tensors, others, fingerprint: fingerprintOf(config, tensors) }
}

/** Tensors of the types that graphs accept, and the others. */
function byType(stored: ReadonlyMap<string, StoredTensor>) {
  const tensors = new Map<string, ExternalTensor>()
  const others = new Map<string, StoredTensor>()
  for (const [name, tensor] of stored)
    if (isAccepted(tensor)) tensors.set(name, tensor)
    else others.set(name, tensor)
  return { tensors, others }
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
async function weightFiles(folder: string, names: readonly string[]): Promise<string[]> {
  const usualFile = names.find((name) => USUAL_NAMES.includes(name))
  const indices = names.filter((name) => name.endsWith('.safetensors.index.json'))
  const usualIndex = indices.find((name) => USUAL_NAMES.includes(name.replace('.index.json', '')))
  const index = usualIndex ?? (usualFile === undefined ? indices.sort()[0] : undefined)
  if (index !== undefined) return shardsOf(folder, names, index)
  if (usualFile !== undefined) return [usualFile]
  const files = names.filter((name) => name.endsWith('.safetensors')).sort()
  if (files.length === 0) throw unusable(folder, `has no .safetensors file${otherFormats(names)}`)
  return files
}

/** Weights in formats that are not read, for an error. */
function otherFormats(names: readonly string[]): string {
  const others = names.filter((name) => /\.(gguf|bin|pt|pth|ckpt|part|incomplete)$/i.test(name))
  return others.length === 0 ? '' : `; ${others.join(', ')} cannot be read`
}

/** The files of an index, each with the tensors that the index promises. */
async function shardsOf(
  folder: string,
  names: readonly string[],
  index: string,
): Promise<string[]> {
  const path = join(folder, index)
  const { success, data } = Index.safeParse(await readJsonFile(path))
  if (!success) throw unusable(path, 'has no weight_map from tensors to files')
  const promised = Map.groupBy(Object.entries(data.weight_map), ([, shard]) => shard)
  for (const [shard, entries] of promised) {
    if (basename(shard) !== shard || shard.includes('\\'))
      throw unusable(path, `${JSON.stringify(shard)} is not the name of a file in the same folder`)
    if (!names.includes(shard))
      throw unusable(
        path,
        `${shard} is not in the folder: complete the download, or delete the index if it is out of date`,
      )
    const tensors = await readHeader(join(folder, shard))
    const missing = entries.find(([name]) => !tensors.has(name))
    if (missing !== undefined) throw unusable(path, `${missing[0]} is not in ${shard}`)
  }
  return [...promised.keys()].sort()
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
