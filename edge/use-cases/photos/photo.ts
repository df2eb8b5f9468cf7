/** The photo of a request, wherever it comes from: its size, and a copy in the account's folder. */

import type { StoredImage } from '../../../shared/edit/bodies.ts'
import { EditError } from '../../../shared/errors.ts'
import {
  contentTypes,
  type ImageHeader,
  MAX_IMAGE_BYTES,
  readImageHeader,
} from '../../../shared/files/image-header.ts'
import type { Share } from '../../memory/budget.ts'
import type { Budgets } from '../../memory/budgets.ts'
import { HeldBytes } from '../../memory/held-bytes.ts'
import { inputKey, uploadKey } from '../../storage/blob-urls.ts'
import { readEdit } from '../edits/read-edit.ts'
import type { Tenant } from '../tenant.ts'

/** The photo's bytes, or where to fetch it; null if there is none. */
export type ImageSource = Uint8Array | { readonly url: string } | StoredImage | null

/** Where photos are kept, how an image URL is fetched, and the memory to read them into. */
export type PhotoSources = {
  readonly bucket: R2Bucket
  readonly fetchImage: (url: string, take: TakeMemory) => Promise<HeldBytes>
  readonly budgets: Budgets
}

/** Takes memory for so many bytes. */
type TakeMemory = (bytes: number) => Promise<Share>

/** A photo whose header was read, and how it is stored under a key of its own. */
export type Photo = {
  readonly header: ImageHeader
  readonly store: (key: string) => Promise<void>
  /** Frees its memory, unless it is a part of a request's body. */
  readonly release: () => void
}

/** True where the photo takes a request to another host. */
export function isRemote(source: ImageSource): boolean {
  return source !== null && !(source instanceof Uint8Array) && 'url' in source
}

/** The upload that the photo is a copy of; undefined if it came another way. */
export function uploadOf(source: ImageSource): string | undefined {
  return source !== null && !(source instanceof Uint8Array) && 'upload' in source
    ? source.upload
    : undefined
}

/**
 * Opens a photo, to be released.
 *
 * @throws EditError of the `image_*` kind, `not_found`, `forbidden` for a client token's URL,
 * `overloaded` without memory
 */
export async function openPhoto(
  source: ImageSource,
  tenant: Tenant,
  { bucket, fetchImage, budgets }: PhotoSources,
): Promise<Photo> {
  const take = (bytes: number) => budgets.photos.take(tenant.caller.credential.account, bytes)
  if (source === null)
    throw new EditError('image_missing', 'image is missing', { pointer: '/image' })
  if (source instanceof Uint8Array) return inline(source, bucket, () => {})
  if (!('url' in source))
    return held(await readStored(await keyOfStored(source, tenant), bucket, take), bucket)
  if (tenant.caller.client !== null)
    throw new EditError(
      'forbidden',
      'a client token cannot be used with an image URL; upload the photo instead',
      {
        pointer: '/image',
      },
    )
  return held(await fetchImage(source.url, take), bucket)
}

/** The key of an upload or a result. @throws EditError `not_found`, `gone`, `image_missing` */
export async function keyOfStored(source: StoredImage, tenant: Tenant): Promise<string> {
  if ('upload' in source) return keyOfUpload(source.upload, tenant)
  const { result, status } = await readEdit(tenant, source.edit)
  if (result === null)
    throw new EditError('image_missing', `edit ${source.edit} is ${status} and has no result`, {
      pointer: '/image',
    })
  return result.key
}

async function keyOfUpload(id: string, { caller, account }: Tenant): Promise<string> {
  const upload = await account.uploads().get(id, caller.client)
  if (upload === null)
    throw new EditError('not_found', `there is no upload ${id}`, { pointer: '/image/upload' })
  return uploadKey(caller.credential.account, id)
}

/** The error for an upload whose photo is not there. */
export function notUploaded(): EditError {
  return new EditError(
    'image_missing',
    'the photo has not been uploaded yet, or has been deleted',
    {
      pointer: '/image',
    },
  )
}

function inline(bytes: Uint8Array, bucket: R2Bucket, release: () => void): Photo {
  const header = readImageHeader(bytes)
  const httpMetadata = { contentType: contentTypes[header.format] }
  return {
    header,
    release,
    store: async (key) => {
      await bucket.put(key, bytes, { httpMetadata })
    },
  }
}

function held(photo: HeldBytes, bucket: R2Bucket): Photo {
  const release = () => photo.release()
  try {
    return inline(photo.bytes, bucket, release)
  } catch (error) {
    release()
    throw error
  }
}

/** Read whole: what decides a photo's size may be at its end. */
async function readStored(key: string, bucket: R2Bucket, take: TakeMemory): Promise<HeldBytes> {
  const described = await bucket.head(key)
  if (described === null) throw notUploaded()
  const { size } = described
  if (size > MAX_IMAGE_BYTES)
    throw new EditError(
      'image_too_large',
      `the image has ${size} bytes; the limit is ${MAX_IMAGE_BYTES}`,
      { pointer: '/image' },
    )
  const share = await take(size)
  try {
    // Not longer than what memory was taken for, if it was replaced meanwhile.
    const object = await bucket.get(key, { range: { offset: 0, length: size } })
    if (object === null) throw notUploaded()
    return new HeldBytes(new Uint8Array(await object.arrayBuffer()), share)
  } catch (error) {
    share.release()
    throw error
  }
}

/**
 * Stores the photo under new keys of the account: a copy for each edit, so that the deletion of one
 * leaves the others theirs. Where the bucket fails, nothing stays.
 */
export async function keepPhoto(
  photo: Photo,
  account: string,
  bucket: R2Bucket,
  copies: number,
): Promise<string[]> {
  const keys = Array.from({ length: copies }, () => inputKey(account))
  // All are waited for: what is still being stored could not be deleted.
  const stored = await Promise.allSettled(keys.map((key) => photo.store(key)))
  const failed = stored.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') {
    // The bucket may have failed after it did its work. What it then does not delete, its lifecycle does.
    await bucket.delete(keys)
    throw failed.reason
  }
  return keys
}
