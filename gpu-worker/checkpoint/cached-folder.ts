/** Folders that are computed and kept: written whole or not at all, also by several processes at once. */

import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EditError } from '../../shared/errors.ts'
import { unusable } from './unusable.ts'

/** What a folder must hold. */
export type Contents = {
  /** Whether a folder that is there holds it. */
  readonly isIn: (folder: string) => Promise<boolean>
  /** Writes it into an empty folder. */
  readonly write: (folder: string) => Promise<void>
}

/**
 * The folder `name` in `cache`, written if it is missing or holds anything else.
 *
 * @throws EditError `model_unavailable` if it cannot be written
 */
export async function cachedFolder(
  cache: string,
  name: string,
  contents: Contents,
): Promise<string> {
  const folder = join(cache, name)
  if (await contents.isIn(folder)) return folder
  await writeFolder(cache, folder, contents).catch((error: NodeJS.ErrnoException) => {
    if (error instanceof EditError || error.code === undefined) throw error
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

/** Writes next to `folder` and then renames, so that a partial folder is never used. */
async function writeFolder(cache: string, folder: string, contents: Contents): Promise<void> {
  await mkdir(cache, { recursive: true })
  await removeOldDrafts(cache)
  const draft = await mkdtemp(join(cache, DRAFT))
  try {
    const whole = join(draft, 'whole')
    await mkdir(whole)
    await contents.write(whole)
    await replace(folder, whole, contents, draft)
  } finally {
    await rm(draft, { recursive: true })
  }
}

/**
 * Renames `whole` to `folder`. Other processes may do the same at the same time: what one of them has
 * put there is kept if it is right, and moved into `draft` if it is not.
 */
async function replace(
  folder: string,
  whole: string,
  { isIn }: Contents,
  draft: string,
): Promise<void> {
  for (let attempt = 0; ; attempt++)
    try {
      await rename(whole, folder)
      return
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      const taken = code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR'
      if (!taken || attempt === MAX_ATTEMPTS) throw error
      if (await isIn(folder)) return
      await rename(folder, join(draft, `damaged-${attempt}`)).catch(
        (fault: NodeJS.ErrnoException) => {
          if (fault.code !== 'ENOENT') throw fault
        },
      )
    }
}
