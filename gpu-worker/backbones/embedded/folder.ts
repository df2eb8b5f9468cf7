/**
 * Writes a computed checkpoint in the layout of diffusers, so that it is opened like any other.
 */

import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../checkpoint/safetensors.ts'
import { type EmbeddedName, embeddedCheckpoint, type WrittenComponent } from './checkpoint.ts'

/**
 * Part of the folder's name. Increase it when the weights change (a test compares their digest).
 */
export const EMBEDDED_REVISION = 1

/** The checkpoint's folder in `cache`, written on first use. */
export async function embeddedFolder(name: EmbeddedName, cache: string): Promise<string> {
  const folder = join(cache, `${name}-r${EMBEDDED_REVISION}`)
  if (await exists(folder)) return folder
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'writing-'))
  const { transformer, vae } = embeddedCheckpoint(name)
  await writeFile(
    join(draft, 'model_index.json'),
    json({ _class_name: 'ContextDragEmbedded', tier: name }),
  )
  await writeComponent(join(draft, 'transformer'), transformer)
  await writeComponent(join(draft, 'vae'), vae)
  try {
    // Renamed at the end, so that a partial folder is never used.
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true })
    // Another process was faster; its folder has the same bytes.
    if (!(await exists(folder))) throw error
  }
  return folder
}

async function writeComponent(
  folder: string,
  { config, tensors }: WrittenComponent,
): Promise<void> {
  await mkdir(folder)
  await writeFile(join(folder, 'config.json'), json(config))
  await writeFile(join(folder, 'diffusion_pytorch_model.safetensors'), writeSafetensors(tensors))
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
