/**
 * Downloads a checkpoint from the Hugging Face hub. Keeps complete files, resumes partial ones, and
 * checks sizes and digests.
 */

import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, rename, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { downloadFile, type ListFileEntry, listFiles } from '@huggingface/hub'
import { SingleBar } from 'cli-progress'
import { EditError } from '../../shared/errors.ts'
import { unusable } from './unusable.ts'

/** A repository on the hub, its licence, and which of its files are needed. */
export type Download = {
  readonly repo: string
  readonly licence: string
  readonly licenceUrl: string
  readonly files: RegExp
}

/** A hub other than Hugging Face's own, and a token for it. */
export type HubAccess = { readonly hubUrl?: string; readonly accessToken?: string }

/**
 * Downloads a checkpoint.
 *
 * @param acceptLicence whether the user has accepted the licence
 * @throws EditError `forbidden` if the licence is not accepted or the hub denies access,
 * `invalid_option` if the disk is too small or cannot be written, `model_unavailable` if the hub cannot
 * be reached or a file is not the one that it lists
 */
export async function fetchCheckpoint(
  download: Download,
  to: string,
  acceptLicence: boolean,
  access: HubAccess,
): Promise<void> {
  process.stderr.write(`${download.repo}: ${download.licence}, ${download.licenceUrl}\n`)
  if (!acceptLicence)
    throw new EditError(
      'forbidden',
      `read the licence of ${download.repo} (${download.licence}); if you accept it, add --accept-licence`,
    )

  const hub = { ...access, repo: download.repo }
  const files = await filesOf(hub, download.files)
  const open: ListFileEntry[] = []
  for (const file of files) if (!(await isComplete(join(to, file.path), file))) open.push(file)
  await mkdir(to, { recursive: true }).catch((cause) => {
    throw unwritable(to, cause)
  })
  await checkDisk(to, open)
  const bar = progressBar(open)
  for (const file of open) await fetchFile(hub, file, to, bar)
  bar?.stop()
  process.stdout.write(`${to} has all ${files.length} files of ${download.repo}\n`)
}

type Hub = HubAccess & { readonly repo: string }

/** The hub's errors have a status, those of the network a cause. Anything else is a bug. */
function unreachable(hub: Hub, error: unknown): unknown {
  const { statusCode, cause, message } = error as Error & { statusCode?: number }
  if (statusCode === undefined && cause === undefined) return error
  const reason = statusCode ?? (cause as NodeJS.ErrnoException).code ?? message
  return unusable(
    hub.repo,
    `the hub did not send the files (${reason}); run the command again to continue`,
  )
}

async function filesOf(hub: Hub, wanted: RegExp): Promise<ListFileEntry[]> {
  const files: ListFileEntry[] = []
  try {
    for await (const entry of listFiles({ ...hub, recursive: true }))
      if (entry.type === 'file' && wanted.test(entry.path)) files.push(entry)
  } catch (cause) {
    const status = (cause as { statusCode?: number }).statusCode
    if (status === 401 || status === 403)
      throw new EditError(
        'forbidden',
        `the hub denies access to ${hub.repo} (${status}): accept its licence there and set HF_TOKEN`,
      )
    throw unreachable(hub, cause)
  }
  if (files.length === 0) throw new EditError('not_found', `${hub.repo} has no checkpoint files`)
  return files
}

/** Compares sizes only: hashing 24 GB would take minutes. */
async function isComplete(path: string, file: ListFileEntry): Promise<boolean> {
  const found = await stat(path).catch(() => null)
  return found !== null && found.size === file.size
}

async function checkDisk(folder: string, files: readonly ListFileEntry[]): Promise<void> {
  const needed = files.reduce((sum, { size }) => sum + size, 0)
  const { bavail, bsize } = await statfs(folder)
  if (needed > bavail * bsize)
    throw new EditError(
      'invalid_option',
      `the download needs ${gigabytes(needed)}, but ${folder} has ${gigabytes(bavail * bsize)} free`,
    )
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}

/** Downloads a file, or the rest of a partial one, and renames it after checking its digest. */
async function fetchFile(
  hub: Hub,
  file: ListFileEntry,
  to: string,
  bar: SingleBar | null,
): Promise<void> {
  const path = join(to, file.path)
  const part = `${path}.part`
  await mkdir(dirname(path), { recursive: true })
  const blob = await downloadFile({ ...hub, path: file.path }).catch((cause) => {
    throw unreachable(hub, cause)
  })
  if (blob === null) throw new EditError('not_found', `${hub.repo} has no ${file.path}`)
  const { size: have } = await stat(part).catch(() => ({ size: 0 }))
  bar?.increment(have, { file: file.path })
  if (have < file.size) {
    const rest = Readable.fromWeb(
      blob.slice(have).stream() as Parameters<typeof Readable.fromWeb>[0],
    )
    rest.on('data', (chunk: Uint8Array) => bar?.increment(chunk.length))
    await pipeline(rest, createWriteStream(part, { flags: 'a' })).catch((cause) => {
      throw unwritten(hub, part, cause)
    })
  }
  await checkFile(part, file)
  await rename(part, path)
}

/** A connection that ended early, or a disk that is full. */
function unwritten(hub: Hub, path: string, error: NodeJS.ErrnoException): unknown {
  return error.syscall === undefined ? unreachable(hub, error) : unwritable(path, error)
}

function unwritable(path: string, { code, message }: NodeJS.ErrnoException): EditError {
  return new EditError('invalid_option', `${path} cannot be written (${code ?? message})`)
}

async function checkFile(path: string, file: ListFileEntry): Promise<void> {
  const { size } = await stat(path)
  if (size !== file.size)
    throw unusable(path, `has ${size} of ${file.size} bytes; run the command again to continue`)
  if (file.lfs === undefined) return
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array)
  if (hash.digest('hex') !== file.lfs.oid)
    throw unusable(path, 'the digest of the file is wrong: delete it and run the command again')
}

function progressBar(files: readonly ListFileEntry[]): SingleBar | null {
  if (!process.stderr.isTTY || files.length === 0) return null
  const bar = new SingleBar({
    format: '{bar} {percentage} % of {total} bytes  {file}',
    clearOnComplete: true,
  })
  bar.start(
    files.reduce((sum, { size }) => sum + size, 0),
    0,
    { file: '' },
  )
  return bar
}
