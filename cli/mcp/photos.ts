/** Photos and masks as a model names them: files, URLs, data URLs, and what the service has stored. */

import { homedir } from 'node:os'
import { join } from 'node:path'
import type { ContextDrag, Image } from '../../client/index.ts'
import type { Size } from '../../shared/drag.ts'
import { EditError } from '../../shared/errors.ts'
import { contentTypes, readImageHeader } from '../../shared/files/image-header.ts'
import { readInput, readPhoto } from '../files.ts'
import { download } from './download.ts'

/** How a tool describes its photo. */
export const PHOTO =
  'The photo (PNG, JPEG or WebP): a path on this machine, an https URL, a data URL, an upload (upl_…), or an edit (edit_…) to continue from its result.'
export const MASK =
  'A mask as PNG: a path on this machine, such as the tool mask returns, or a data URL.'

const STORED = /^(upl|edit)_[0-9a-f]+$/

/** The photo for an edit. The service fetches URLs itself. @throws EditError as `readPhoto` does */
export async function photoFor(photo: string): Promise<Image> {
  if (photo.startsWith('https://')) return photo
  return stored(photo) ?? new Blob([Uint8Array.from((await local(photo)).bytes)])
}

/** The photo as the service has it, uploaded if it does not. @throws EditError */
export async function storedPhoto(
  api: ContextDrag,
  photo: string,
  signal: AbortSignal,
): Promise<{ upload: string } | { edit: string }> {
  const known = stored(photo)
  if (known !== null) return known
  const { bytes, type } = await bytesOf(photo, signal)
  return { upload: await api.upload(new Blob([Uint8Array.from(bytes)], { type }), signal) }
}

/** The photo's size as displayed. @throws EditError, also for an upload, whose size nobody tells */
export async function sizeOf(api: ContextDrag, photo: string, signal: AbortSignal): Promise<Size> {
  const known = stored(photo)
  if (known === null) return (await bytesOf(photo, signal)).size
  if ('edit' in known) {
    const { image } = await api.get(known.edit, signal)
    return { width: image.width, height: image.height }
  }
  throw new EditError(
    'invalid_request',
    `${photo}: a plan cannot be made of an upload; pass its file`,
    {
      pointer: '/photo',
    },
  )
}

/** A mask's bytes. @throws EditError `mask_unreadable` */
export async function maskFor(mask: string, pointer: string): Promise<Blob> {
  const bytes =
    fromDataUrl(mask) ?? (await readInput(atHome(mask), { code: 'mask_unreadable', pointer }))
  // Nothing but a mask leaves this machine, whatever path the model was told to name.
  if (!Buffer.from(bytes.subarray(0, 4)).equals(Buffer.from('\x89PNG', 'latin1')))
    throw new EditError('mask_unreadable', 'the mask is no PNG', { pointer })
  return new Blob([Uint8Array.from(bytes)], { type: 'image/png' })
}

async function bytesOf(photo: string, signal: AbortSignal) {
  return photo.startsWith('https://') ? headed(await download(photo, signal)) : local(photo)
}

/** A file or a data URL. Only photos are read: nothing else leaves this machine. */
async function local(photo: string) {
  const inline = fromDataUrl(photo)
  return headed(inline ?? (await readPhoto(atHome(photo))).bytes)
}

function headed(bytes: Uint8Array) {
  const { width, height, format } = readImageHeader(bytes)
  return { bytes, size: { width, height }, type: contentTypes[format] }
}

function stored(photo: string): { upload: string } | { edit: string } | null {
  const [, kind] = STORED.exec(photo) ?? []
  if (kind === undefined) return null
  return kind === 'upl' ? { upload: photo } : { edit: photo }
}

function fromDataUrl(text: string): Uint8Array | null {
  const [, base64] = /^data:[^,]*;base64,(.*)$/s.exec(text) ?? []
  return base64 === undefined ? null : Buffer.from(base64, 'base64')
}

function atHome(path: string): string {
  return path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}
