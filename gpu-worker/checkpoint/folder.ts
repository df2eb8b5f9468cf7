/** The folder that a user gives as a checkpoint. */

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { unreadable, unusable } from './unusable.ts'

/**
 * Checks that a path is a folder, and not that of a repository in the cache of huggingface_hub, which
 * has the checkpoint one level deeper.
 *
 * @throws EditError `model_unavailable` with what to pass instead
 */
export async function checkFolder(path: string): Promise<void> {
  const names = await readdir(path).catch((cause) => {
    if (cause.code === 'ENOTDIR') throw unusable(path, 'is a file: pass the folder that holds it')
    throw unreadable(path, cause)
  })
  if (!names.includes('snapshots')) return
  throw unusable(path, `is a folder of the hub's cache: pass ${await snapshotIn(path, names)}`)
}

async function snapshotIn(path: string, names: readonly string[]): Promise<string> {
  const main = join(path, 'refs', 'main')
  if (!names.includes('refs')) return join(path, 'snapshots', '<revision>')
  const revision = await readFile(main, 'utf8').catch((cause) => {
    if (cause.code === 'ENOENT') return '<revision>'
    throw unreadable(main, cause)
  })
  return join(path, 'snapshots', revision.trim())
}
