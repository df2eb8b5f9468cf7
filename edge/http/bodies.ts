/**
 * Request bodies as fields and files: JSON with data URLs or an image URL, or multipart. Checks sizes
 * and form, not values.
 */

import type { Context } from 'hono'
import { StoredImage } from '../../shared/edit/bodies.ts'
import { EditError } from '../../shared/errors.ts'
import { dataUrlBytes } from '../../shared/files/data-url.ts'
import { MAX_IMAGE_BYTES } from '../../shared/files/image-header.ts'
import { readBounded } from '../../shared/files/read-bounded.ts'
import type { ImageSource } from '../use-cases/photos/photo.ts'
import type { App } from './context.ts'

export const MAX_JSON_BYTES = 6_000_000
export const MAX_MULTIPART_BYTES = 10_000_000

/** A create's fields without its files, and the files. */
export type EditBody = {
  readonly fields: Record<string, unknown>
  readonly image: ImageSource
  readonly mask: Uint8Array | null
}

/**
 * Reads the body of `POST /v1/edits`. @throws EditError `invalid_request`, `image_too_large`,
 * `mask_unreadable`
 */
export async function readEditBody(c: Context<App>): Promise<EditBody> {
  const type = c.req.header('content-type') ?? ''
  if (type.startsWith('multipart/form-data'))
    return readMultipart(await boundedBytes(c, MAX_MULTIPART_BYTES), type)
  const { image, mask, ...fields } = await readJson(c)
  return {
    fields,
    image: image === undefined ? null : imageSource(image),
    mask: maskBytes(mask),
  }
}

/** Reads a JSON body. @throws EditError `invalid_request`, `image_too_large` */
export async function readJson(c: Context<App>): Promise<Record<string, unknown>> {
  const type = c.req.header('content-type') ?? ''
  if (!type.startsWith('application/json'))
    throw new EditError(
      'invalid_request',
      `the content type is ${JSON.stringify(type)}, not application/json or multipart/form-data`,
    )
  const text = new TextDecoder().decode(await boundedBytes(c, MAX_JSON_BYTES))
  const body = parseJson(text)
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new EditError('invalid_request', 'the body is not a JSON object', { pointer: '' })
  return body as Record<string, unknown>
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new EditError('invalid_request', `the body is not JSON: ${(cause as Error).message}`, {
      pointer: '',
    })
  }
}

/** The body's bytes; stops reading as soon as there are too many, whatever Content-Length says. */
async function boundedBytes(c: Context<App>, limit: number): Promise<Uint8Array> {
  const tooLarge = () =>
    new EditError(
      'image_too_large',
      `the body has more than ${limit} bytes; the limits are ${MAX_JSON_BYTES} for JSON, ${MAX_MULTIPART_BYTES} for multipart, and ${MAX_IMAGE_BYTES} for a photo uploaded with POST /v1/uploads`,
    )
  if (Number(c.req.header('content-length') ?? 0) > limit) throw tooLarge()
  const body = c.req.raw.body
  if (body === null) return new Uint8Array(0)
  const seconds = c.get('settings').BODY_IDLE_SECONDS
  const watch = <T>(read: Promise<T>) => inTime(read, seconds)
  return readBounded(body as ReadableStream<Uint8Array>, limit, { tooLarge, watch })
}

/** @throws EditError `invalid_request` after an idle time of so many seconds */
async function inTime<T>(read: Promise<T>, seconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null
  const stalled = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () =>
        reject(
          new EditError('invalid_request', `no data arrived in the request body for ${seconds} s`),
        ),
      1000 * seconds,
    )
  })
  try {
    return await Promise.race([read, stalled])
  } finally {
    clearTimeout(timer)
  }
}

async function readMultipart(bytes: Uint8Array, contentType: string): Promise<EditBody> {
  const response = new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { 'content-type': contentType },
  })
  const form = await response.formData().catch((cause) => {
    throw new EditError(
      'invalid_request',
      `the body is not multipart/form-data: ${(cause as Error).message}`,
    )
  })
  const fields: Record<string, unknown> = {}
  let image: ImageSource = null
  let mask: Uint8Array | null = null
  for (const [name, value] of form) {
    if (name === 'image')
      image =
        typeof value === 'string'
          ? imageSource(formImage(formText('image', value)))
          : new Uint8Array(await value.arrayBuffer())
    else if (name === 'mask')
      mask =
        typeof value === 'string'
          ? maskBytes(formText('mask', value))
          : new Uint8Array(await value.arrayBuffer())
    else if (typeof value !== 'string') throw mistyped(name, 'text, not a file')
    else if (Object.hasOwn(fields, name))
      throw new EditError('invalid_request', `${name} is given twice`, { pointer: `/${name}` })
    else fields[name] = fieldValue(name, value)
  }
  return { fields, image, mask }
}

/** Form fields that are plain text; all others are written as JSON. */
const TEXT_FIELDS = new Set([
  'prompt',
  'negativePrompt',
  'model',
  'profile',
  'scope',
  'strategy',
  'view',
  'lambdaSchedule',
  'maskKind',
])

function fieldValue(name: string, text: string): unknown {
  if (TEXT_FIELDS.has(name)) return text
  try {
    return JSON.parse(text)
  } catch {
    throw mistyped(name, 'JSON')
  }
}

function mistyped(name: string, wanted: string): EditError {
  return new EditError('invalid_request', `${name} should be ${wanted}`, { pointer: `/${name}` })
}

/** The text of a part that may also be a file. @throws EditError if it is a file without a name */
function formText(name: string, text: string): string {
  if (!/[\0\ufffd]/.test(text)) return text
  throw new EditError(
    'invalid_request',
    `the ${name} part has no filename, so it was read as text; add one, such as filename="${name}"`,
    { pointer: `/${name}` },
  )
}

/** A file in base64 without the start of a data URL; a URL has a colon, and is rarely as long. */
function isBareBase64(text: string): boolean {
  return text.length >= 40 && /^[A-Za-z0-9+/_-]+=*$/.test(text.slice(0, 1000).trim())
}

/** In a form, a stored image is written as JSON. */
function formImage(text: string): unknown {
  return text.startsWith('{') ? fieldValue('image', text) : text
}

function imageSource(image: unknown): ImageSource {
  if (typeof image === 'object') {
    const stored = StoredImage.safeParse(image)
    if (stored.success) return stored.data
  }
  if (typeof image !== 'string')
    throw mistyped('image', 'a URL, a data URL, {"upload": id} or {"edit": id}')
  if (image === '') return null
  if (isBareBase64(image))
    throw new EditError(
      'invalid_request',
      'the image is bare base64: put data:image/jpeg;base64, before it, with its own type',
      { pointer: '/image' },
    )
  if (!image.startsWith('data:')) return { url: image }
  const bytes = dataUrlBytes(image)
  if (bytes === null)
    throw new EditError('invalid_request', 'image is a data URL that is not base64', {
      pointer: '/image',
    })
  return bytes
}

/** The mask of a JSON body. */
export function maskBytes(mask: unknown): Uint8Array | null {
  if (mask === undefined) return null
  if (typeof mask !== 'string') throw mistyped('mask', 'a data URL')
  const bytes = dataUrlBytes(mask)
  if (bytes === null) {
    const fault = isBareBase64(mask)
      ? 'the mask is bare base64: put data:image/png;base64, before it'
      : 'the mask is not a data URL in base64'
    throw new EditError('mask_unreadable', fault, { pointer: '/mask' })
  }
  return bytes
}
