/** The fields `image`, `mask` and `affects`, wherever they come from. */

import { StoredImage } from '../../../shared/edit/bodies.ts'
import { EditError } from '../../../shared/errors.ts'
import { dataUrlBytes, decodeDataUrl, isDataUrl } from '../../../shared/files/data-url.ts'
import type { ImageSource } from '../../use-cases/photos/photo.ts'

/**
 * The image of a body; null if it is absent or empty. A data URL may come as UTF-8, and is decoded over
 * itself.
 *
 * @throws EditError `invalid_request`
 */
export function imageSource(image: unknown): ImageSource {
  if (image instanceof Uint8Array) return decodeDataUrl(image) ?? invalidDataUrl()
  if (image === undefined || image === '') return null
  if (typeof image === 'object') {
    const stored = StoredImage.safeParse(image)
    if (stored.success) return stored.data
  }
  if (typeof image !== 'string')
    throw mistyped('image', 'a URL, a data URL, {"upload": id} or {"edit": id}')
  if (isBareBase64(image))
    throw new EditError(
      'invalid_request',
      'the image is base64 without the start of a data URL: put data:image/jpeg;base64, before it (with the type of your file: image/jpeg, image/png or image/webp)',
      { pointer: '/image' },
    )
  if (/^\s*image\/[\w.+-]+\s*;\s*base64,/i.test(image))
    throw new EditError(
      'invalid_request',
      'the image is a data URL without its scheme: put data: before it',
      {
        pointer: '/image',
      },
    )
  if (!isDataUrl(image)) return { url: image }
  return dataUrlBytes(image) ?? invalidDataUrl()
}

function invalidDataUrl(): never {
  throw mistyped('image', 'a data URL whose base64 is valid')
}

/**
 * A mask of a body; null if it is absent or empty. A data URL may come as UTF-8, and is decoded over
 * itself.
 *
 * @param name of the field
 * @throws EditError `invalid_request`, `mask_unreadable`
 */
export function maskBytes(mask: unknown, name: 'mask' | 'affects' = 'mask'): Uint8Array | null {
  if (mask === undefined || mask === '') return null
  const isText = typeof mask === 'string'
  if (!isText && !(mask instanceof Uint8Array)) throw mistyped(name, 'a data URL')
  const bytes = isText ? dataUrlBytes(mask) : decodeDataUrl(mask)
  if (bytes === null) {
    const text = isText ? mask : ''
    const fault = isBareBase64(text)
      ? `${name === 'mask' ? 'the mask' : name} is base64 without the start of a data URL: put data:image/png;base64, before it`
      : /^\s*https?:/i.test(text)
        ? `${name === 'mask' ? 'the mask' : name} is a URL, which is not fetched; send a file or a data URL`
        : `${name === 'mask' ? 'the mask' : name} is not a valid data URL`
    throw new EditError('mask_unreadable', fault, { pointer: `/${name}` })
  }
  return bytes
}

/** A file in base64 without the start of a data URL; a URL has a colon, and is rarely as long. */
function isBareBase64(text: string): boolean {
  // As mail has it, in lines of 76.
  const [word = ''] = text.slice(0, 1000).trim().split(/\s/, 1)
  return word.length >= 40 && /^[A-Za-z0-9+/_-]+=*$/.test(word)
}

/** The error for a field of another type. */
export function mistyped(name: string, wanted: string): EditError {
  return new EditError('invalid_request', `${name} should be ${wanted}`, { pointer: `/${name}` })
}
