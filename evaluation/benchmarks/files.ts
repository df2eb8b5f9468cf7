/** Files of benchmarks: read with a limit, and found by their name. Every fault is one sentence. */

import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, join, relative, sep } from 'node:path'
import type { Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { MAX_IMAGE_BYTES, readImageHeader } from '../../shared/files/image-header.ts'
import { decodePngMask } from '../../shared/files/png.ts'
import { checkMask, type Mask, maskAt } from '../../shared/mask.ts'

/** Of a file of points or prompts. */
const MAX_TEXT_BYTES = 4_000_000
/** Folders below that of a benchmark are searched this deep. */
const MAX_DEPTH = 6

/** Reads a file. @throws Error that says which one, and why it is not read */
export async function readFileUpTo(path: string, most: number): Promise<Uint8Array> {
  const name = basename(path)
  const unreadable = (error: NodeJS.ErrnoException) => {
    throw new Error(
      error.code === 'ENOENT'
        ? `${name} is missing`
        : `${name} cannot be read (${error.code ?? error.message})`,
    )
  }
  // Before it is opened, because opening a pipe waits for a writer.
  const found = await stat(path).catch(unreadable)
  if (!found.isFile()) throw new Error(`${name} is not a file`)
  if (found.size > most) throw new Error(`${name} has ${found.size} bytes; the limit is ${most}`)
  return readFile(path).catch(unreadable)
}

/** A photo, and its size as displayed. @throws Error for a file that is no photo of the service */
export async function readPhotoFile(path: string): Promise<{ photo: Uint8Array; size: Size }> {
  const photo = await readFileUpTo(path, MAX_IMAGE_BYTES)
  return named(path, async () => {
    const { width, height } = readImageHeader(photo)
    return { photo, size: { width, height } }
  })
}

/** JSON of a file. @throws Error */
export async function readJsonFile(path: string): Promise<unknown> {
  const text = Buffer.from(await readFileUpTo(path, MAX_TEXT_BYTES)).toString('utf8')
  return named(path, async () => JSON.parse(text))
}

/** A mask of the photo's size from a PNG, as the API reads it. @throws Error */
export async function readMaskFile(path: string, size: Size): Promise<Mask> {
  const png = await readFileUpTo(path, MAX_IMAGE_BYTES)
  return named(path, async () => fitted(await decodePngMask(png), size))
}

/** The mask at the photo's size. @throws EditError if it has another shape, or no white */
export function fitted(mask: Mask, size: Size): Mask {
  checkMask(mask, size)
  return maskAt(mask, size)
}

/** Puts the file's name before the message of an error. */
async function named<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new Error(`${basename(path)}: ${(error as Error).message}`)
  }
}

/**
 * Folders that hold a file of one of these names, as paths from `root` with `/`, in order of their
 * names, numbers by value. Links to folders are followed, except back to one that they are in.
 *
 * @throws EditError `invalid_request` if `root` cannot be read
 */
export async function foldersWith(root: string, names: readonly string[]): Promise<string[]> {
  const found: string[] = []
  const search = async (folder: string, within: readonly string[]): Promise<void> => {
    const real = await realpath(folder)
    if (within.includes(real)) return
    const entries = await readdir(folder, { withFileTypes: true })
    if (entries.some((entry) => !entry.isDirectory() && names.includes(entry.name)))
      found.push(relative(root, folder).split(sep).join('/') || '.')
    if (within.length === MAX_DEPTH) return
    for (const entry of entries) {
      const path = join(folder, entry.name)
      if (entry.name.startsWith('.')) continue
      if (entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(path))))
        await search(path, [...within, real])
    }
  }
  await search(root, []).catch((error: NodeJS.ErrnoException) => {
    throw new EditError(
      'invalid_request',
      `${root} cannot be read (${error.code ?? error.message})`,
      { pointer: '/bench' },
    )
  })
  return found.sort((one, other) => one.localeCompare(other, 'en', { numeric: true }))
}

/** Whether a link leads to a folder; not if it leads nowhere. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found?.isDirectory() === true
}
