/**
 * Writes a computed checkpoint in the layout of diffusers, so that it is opened like any other.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { cachedFolder } from '../../checkpoint/cached-folder.ts'
import { writeSafetensors } from '../../checkpoint/safetensors.ts'
import { type EmbeddedName, embeddedCheckpoint, type WrittenComponent } from './checkpoint.ts'

/**
 * Part of the folder's name. Increase it when the weights change (a test compares their digest).
 */
export const EMBEDDED_REVISION = 1

/** The bytes of a checkpoint's files, by their path in its folder. */
type Files = ReadonlyMap<string, Uint8Array>

/**
 * The checkpoint's folder in `cache`, written on first use. The weights are computed every time,
 * which takes less than reading them: a folder with other bytes is replaced.
 *
 * @throws EditError `model_unavailable` if the folder cannot be written
 */
export function embeddedFolder(name: EmbeddedName, cache: string): Promise<string> {
  const files = filesOf(name)
  return cachedFolder(cache, `${name}-r${EMBEDDED_REVISION}`, {
    isIn: (folder) => hasExactly(folder, files),
    write: (folder) => writeFiles(folder, files),
  })
}

async function writeFiles(folder: string, files: Files): Promise<void> {
  for (const [path, bytes] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), bytes)
  }
}

function filesOf(name: EmbeddedName): Files {
  const { transformer, vae } = embeddedCheckpoint(name)
  const index = { _class_name: 'ContextDragEmbedded', tier: name }
  return new Map([
    ['model_index.json', json(index)],
    ...componentFiles('transformer', transformer),
    ...componentFiles('vae', vae),
  ])
}

function componentFiles(
  folder: string,
  { config, tensors }: WrittenComponent,
): [string, Uint8Array][] {
  return [
    [join(folder, 'config.json'), json(config)],
    [join(folder, 'diffusion_pytorch_model.safetensors'), writeSafetensors(tensors)],
  ]
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}

async function hasExactly(folder: string, files: Files): Promise<boolean> {
  for (const [path, bytes] of files) {
    const found = await readFile(join(folder, path)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
      throw error
    })
    if (found === null || !found.equals(bytes)) return false
  }
  return true
}
