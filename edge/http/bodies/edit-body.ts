/**
 * The body of `POST /v1/edits` as fields and files: JSON with data URLs or an image URL, or a form.
 * Checks sizes and form, not values.
 */

import type { Context } from 'hono'
import type { App } from '../context.ts'
import { holdBody, MAX_MULTIPART_BYTES } from './bytes.ts'
import { type EditFields, readForm } from './form.ts'
import { imageSource, maskBytes } from './image-fields.ts'
import { readJsonFiles } from './json.ts'
import { mediaType } from './media-type.ts'

/** A create's fields and files. Once the files are not needed any more, they are released. */
export type EditBody = EditFields & { readonly release: () => void }

/** Reads the body. @throws EditError `invalid_request`, `image_too_large`, `mask_unreadable` */
export async function readEditBody(c: Context<App>): Promise<EditBody> {
  const type = c.req.header('content-type') ?? ''
  if (mediaType(type).type === 'multipart/form-data') return formBody(c, type)
  const { value, files, release } = await readJsonFiles(c)
  const { image, mask, affects, ...fields } = value
  try {
    return {
      fields,
      image: imageSource(files.image ?? image),
      mask: maskBytes(files.mask ?? mask),
      affects: maskBytes(files.affects ?? affects, 'affects'),
      release,
    }
  } catch (error) {
    release()
    throw error
  }
}

async function formBody(c: Context<App>, type: string): Promise<EditBody> {
  const held = await holdBody(c, MAX_MULTIPART_BYTES)
  try {
    return { ...(await readForm(held, type)), release: () => held.release() }
  } catch (error) {
    held.release()
    throw error
  }
}
