/**
 * Writes a computed checkpoint in the layout of diffusers, so that it is opened like any other.
 */

import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { writeSafetensors } from '../../checkpoint/safetensors.ts'
import { unusable } from '../../checkpoint/unusable.ts'
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
export async function embeddedFolder(name: EmbeddedName, cache: string): Promise<string> {
  const folder = join(cache, `${name}-r${EMBEDDED_REVISION}`)
  const files = filesOf(name)
  if (await hasExactly(folder, files)) return folder
  await write(cache, folder, files).catch((error: NodeJS.ErrnoException) => {
    if (error.code === undefined) throw error
    throw unusable(cache, `the computed weights cannot be written (${error.code})`)
  })
  return folder
}

/** Drafts are folders of this name; one that is older was left by a process that was killed. */
const DRAFT = 'writing-'
const MAX_DRAFT_MS = 3_600_000

async function removeOldDrafts(cache: string): Promise<void> {
  const drafts = (await readdir(cache)).filter((name) => name.startsWith(DRAFT))
  for (const draft of drafts) {
    const path = join(cache, draft)
    // Another process may remove it at the same time.
    const found = await stat(path).catch(() => null)
    if (found !== null && Date.now() - found.mtimeMs > MAX_DRAFT_MS)
      await rm(path, { recursive: true, force: true })
  }
}

/** Another process cannot come in between more often than this. */
const MAX_ATTEMPTS = 10

/** Writes the files next to `folder` and then renames, so that a partial folder is never used. */
async function write(cache: string, folder: string, files: Files): Promise<void> {
  await mkdir(cache, { recursive: true })
  await removeOldDrafts(cache)
  const draft = await mkdtemp(join(cache, DRAFT))
  try {
    const whole = join(draft, 'whole')
    for (const [path, bytes] of files) {
      await mkdir(dirname(join(whole, path)), { recursive: true })
      await writeFile(join(whole, path), bytes)
    }
    await replace(folder, whole, files, draft)
  } finally {
    await rm(draft, { recursive: true })
  }
}

/**
 * Renames `whole` to `folder`. Other processes may do the same at the same time: what one of them has
 * put there is kept if it is right, and moved into `draft` if it is not.
 */
async function replace(folder: string, whole: string, files: Files, draft: string): Promise<void> {
  for (let attempt = 0; ; attempt++)
    try {
      await rename(whole, folder)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const taken = code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR'
      if (!taken || attempt === MAX_ATTEMPTS) throw error
      if (await hasExactly(folder, files)) return
      await rename(folder, join(draft, `damaged-${attempt}`)).catch(
        (fault: NodeJS.ErrnoException) => {
          if (fault.code !== 'ENOENT') throw fault
        },
      )
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
