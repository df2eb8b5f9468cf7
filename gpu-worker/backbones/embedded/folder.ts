/**
 * Writes an analytic checkpoint as an ordinary diffusers-style folder, so that the one loader
 * serves it too.
 */

import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeSafetensors } from '../../checkpoint/safetensors.ts'
import { type EmbeddedTier, embeddedCheckpoint, type WrittenComponent } from './checkpoint.ts'

/**
 * Part of the folder's name: to be raised when the weights change (a test compares their digest).
 */
export const EMBEDDED_REVISION = 1

/** The tier's folder below `cache`, written on first use. */
export async function embeddedFolder(tier: EmbeddedTier, cache: string): Promise<string> {
  const folder = join(cache, `${tier}-r${EMBEDDED_REVISION}`)
  if (await exists(folder)) return folder
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'writing-'))
  const { transformer, vae } = embeddedCheckpoint(tier)
  await writeFile(
    join(draft, 'model_index.json'),
    json({ _class_name: 'ContextDragEmbedded', tier }),
  )
  await writeComponent(join(draft, 'transformer'), transformer)
  await writeComponent(join(draft, 'vae'), vae)
  try {
    // The rename makes the folder appear whole or not at all.
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true })
    // Another process was faster; its folder holds the same bytes.
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
