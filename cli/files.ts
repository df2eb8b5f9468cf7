/**
 * The files that the commands read and write. A file that cannot be read or written is the caller's
 * mistake, not a bug.
 */

import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { readBaseConfig, s3Config } from '../gpu-worker/config.ts'
import { Buckets } from '../gpu-worker/storage/s3.ts'
import { EditError, type ErrorCode } from '../shared/errors.ts'
import { type ImageHeader, MAX_IMAGE_BYTES, readImageHeader } from '../shared/files/image-header.ts'

/** The error of a file that cannot be read. */
type Unreadable = { readonly code: ErrorCode; readonly pointer: string }

/**
 * Reads a photo and its header. @throws EditError `image_missing`, and as {@link readImageHeader}
 */
export async function readPhoto(path: string): Promise<{ bytes: Uint8Array; header: ImageHeader }> {
  const bytes = await readInput(path, { code: 'image_missing', pointer: '/image' })
  return { bytes, header: readImageHeader(bytes) }
}

/** Reads a mask. @throws EditError `mask_unreadable` */
export function readMask(path: string, pointer = '/mask'): Promise<Uint8Array> {
  return readInput(path, { code: 'mask_unreadable', pointer })
}

/** Reads the mask of what changes with the thing, if one is given. @throws EditError as for `mask` */
export async function readAffectsFile(path: string | undefined): Promise<Uint8Array | null> {
  return path === undefined ? null : readMask(path, '/affects')
}

/** Reads a file or an object `s3://bucket/key`. @throws EditError with the given code */
export async function readInput(path: string, { code, pointer }: Unreadable): Promise<Uint8Array> {
  const reading = inBucket(path)
    ? buckets().download(path, MAX_IMAGE_BYTES, new AbortController().signal)
    : readFile(path)
  return reading.catch((error: NodeJS.ErrnoException) => {
    throw new EditError(code, `${path} cannot be read (${error.code ?? error.message})`, {
      pointer,
    })
  })
}

/**
 * Prepares a file to be written later: makes its folder, and tries to write there. For a command
 * that computes for long, so that its result is not lost.
 *
 * @param pointer the option, such as `/out`
 * @throws EditError `invalid_option` if the file cannot be written
 */
export async function prepareOutput(path: string, pointer: string): Promise<void> {
  await writing(path, pointer, async () => {
    if (inBucket(path)) {
      buckets().locate(path)
      return
    }
    await mkdir(dirname(path), { recursive: true })
    if (await isSpecial(path)) {
      await (await open(path, 'r+')).close()
      return
    }
    await writeFile(partOf(path), '')
    await rm(partOf(path))
  })
}

/**
 * Writes a file through a temporary one, so that it is never half written.
 *
 * @param pointer the option, such as `/out`
 * @throws EditError `invalid_option` if it cannot be written
 */
export async function writeOutput(
  path: string,
  pointer: string,
  bytes: Uint8Array,
  contentType: string,
): Promise<void> {
  await writing(path, pointer, async () => {
    if (inBucket(path))
      return buckets().upload(path, bytes, contentType, new AbortController().signal)
    await mkdir(dirname(path), { recursive: true })
    // A device or a pipe must not be replaced by a file.
    if (await isSpecial(path)) return writeFile(path, bytes)
    try {
      await writeFile(partOf(path), bytes)
      await rename(partOf(path), path)
    } catch (error) {
      await rm(partOf(path), { force: true })
      throw error
    }
  })
}

async function writing(path: string, pointer: string, write: () => Promise<void>): Promise<void> {
  await write().catch((error: NodeJS.ErrnoException) => {
    throw new EditError(
      'invalid_option',
      `${path} cannot be written (${error.code ?? error.message})`,
      { pointer },
    )
  })
}

/** Whether something other than an ordinary file is there; a folder cannot be written. */
async function isSpecial(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => !found.isFile(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false
      throw error
    },
  )
}

function partOf(path: string): string {
  return `${path}.part`
}

function inBucket(path: string): boolean {
  return path.startsWith('s3://')
}

function buckets(): Buckets {
  return new Buckets(s3Config(readBaseConfig()))
}
