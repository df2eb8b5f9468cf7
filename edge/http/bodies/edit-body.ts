/**
 * The body of `POST /v1/edits` as fields and files: JSON with data URLs or an image URL, or a form.
 * Checks sizes and form, not values.
 */

import type { Context } from 'hono'
import type { App } from '../context.ts'
import { mediaType } from '../media-type.ts'
import { boundedBytes, MAX_MULTIPART_BYTES } from './bytes.ts'
import { type EditBody, readForm } from './form.ts'
import { imageSource, maskBytes } from './image-fields.ts'
import { readJson } from './json.ts'

/** Reads the body. @throws EditError `invalid_request`, `image_too_large`, `mask_unreadable` */
export async function readEditBody(c: Context<App>): Promise<EditBody> {
  const type = c.req.header('content-type') ?? ''
  if (mediaType(type).type === 'multipart/form-data')
    return readForm(await boundedBytes(c, MAX_MULTIPART_BYTES), type)
  const { image, mask, ...fields } = await readJson(c)
  return { fields, image: imageSource(image), mask: maskBytes(mask) }
}
