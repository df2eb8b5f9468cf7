/**
 * The photo of a create, wherever it comes from: its size, and a copy of it in the account's
 * folder.
 */

import type { Context } from 'hono'
import type { StoredImage } from '../../../shared/edit/bodies.ts'
import { EditError } from '../../../shared/errors.ts'
import {
  contentTypes,
  type ImageHeader,
  MAX_IMAGE_BYTES,
  readImageHeader,
} from '../../../shared/files/image-header.ts'
import type { App } from '../../http/app.ts'
import type { ImageSource } from '../../http/bodies.ts'
import { accountOf } from '../../http/idempotent.ts'
import { fetchImage } from '../../outbound/fetch-image.ts'
import { ownOrigins } from '../../settings/settings.ts'
import { inputKey } from '../../storage/blob-urls.ts'
import { uploadKey } from '../uploads.ts'
import { readEdit } from './view.ts'

/** A photo whose header was read, and how it gets under a key of its own. */
export type Photo = {
  readonly header: ImageHeader
  readonly store: (key: string) => Promise<void>
}

/** True where getting at the photo takes a request to somewhere else. */
export function isRemote(source: ImageSource): boolean {
  return source !== null && !(source instanceof Uint8Array) && 'url' in source
}

/** @throws EditError of the `image_*` kind, `not_found`, `forbidden` for a client token's URL */
export async function openPhoto(source: ImageSource, c: Context<App>): Promise<Photo> {
  if (source === null)
    throw new EditError('image_missing', 'image is missing', { pointer: '/image' })
  if (source instanceof Uint8Array) return inline(source, c)
  if ('url' in source) return inline(await fetchPhoto(source.url, c), c)
  return stored(await keyOfStored(source, c), c)
}

/** The key of a photo that lies with us. @throws EditError `not_found`, `gone`, `image_missing` */
export async function keyOfStored(source: StoredImage, c: Context<App>): Promise<string> {
  if ('upload' in source) return keyOfUpload(source.upload, c)
  const { result, status } = await readEdit(c, source.edit)
  if (result === null)
    throw new EditError('image_missing', `edit ${source.edit} is ${status} and has no result`, {
      pointer: '/image',
    })
  return result.key
}

function inline(bytes: Uint8Array, c: Context<App>): Photo {
  const header = readImageHeader(bytes)
  const httpMetadata = { contentType: contentTypes[header.format] }
  return {
    header,
    store: async (key) => {
      await c.env.BUCKET.put(key, bytes, { httpMetadata })
    },
  }
}

async function fetchPhoto(url: string, c: Context<App>): Promise<Uint8Array> {
  if (c.get('caller').client !== null)
    throw new EditError('forbidden', 'a client token may not name image URLs; upload the photo', {
      pointer: '/image',
    })
  const settings = c.get('settings')
  return fetchImage(url, {
    ownOrigins: ownOrigins(settings),
    allowedPrivateOrigins: settings.ALLOWED_PRIVATE_ORIGINS,
    fetch: (address, init) => fetch(address, init),
  })
}

async function keyOfUpload(id: string, c: Context<App>): Promise<string> {
  const { client, credential } = c.get('caller')
  const upload = await accountOf(c).uploads().get(id, client)
  if (upload === null)
    throw new EditError('not_found', `there is no upload ${id}`, { pointer: '/image/upload' })
  return uploadKey(credential.account, id)
}

/** Only the head of what lies in the bucket is read here; the copy goes from bucket to bucket. */
const HEADER_BYTES = 262_144

async function stored(key: string, c: Context<App>): Promise<Photo> {
  const { BUCKET } = c.env
  const object = await BUCKET.get(key, { range: { offset: 0, length: HEADER_BYTES } })
  if (object === null)
    throw new EditError('image_missing', 'nothing has been uploaded yet, or it is no longer kept', {
      pointer: '/image',
    })
  if (object.size > MAX_IMAGE_BYTES)
    throw new EditError(
      'image_too_large',
      `the image has ${object.size} bytes, the limit is ${MAX_IMAGE_BYTES}`,
      { pointer: '/image' },
    )
  const header = readImageHeader(new Uint8Array(await object.arrayBuffer()))
  return {
    header,
    store: async (copy) => {
      const whole = await BUCKET.get(key)
      if (whole === null) throw new EditError('image_missing', 'the image is no longer kept')
      const httpMetadata = { contentType: contentTypes[header.format] }
      await BUCKET.put(copy, whole.body, { httpMetadata })
    },
  }
}

/** Stores the photo under a new key of the account. */
export async function keepPhoto(photo: Photo, account: string): Promise<string> {
  const key = inputKey(account)
  await photo.store(key)
  return key
}
