/**
 * Parses `edit.json`, an edit file as the playground saves it: a version, and the body of
 * `POST /v1/edits` with photo and masks as data URLs.
 */

import { z } from 'zod'
import { CreateEdit } from '../edit/bodies.ts'
import { parseRequest } from '../edit/parse-request.ts'
import { EditError } from '../errors.ts'
import { dataUrlBytes } from './data-url.ts'
import { EDIT_FILE_VERSION } from './edit-file-version.ts'

const EditFile = z.strictObject({
  version: z.literal(EDIT_FILE_VERSION),
  name: z.string().max(300).default('photo'),
  create: CreateEdit.extend({ image: z.string() }),
})

/** An edit file: photo and masks decoded, the other fields as written. */
export type SavedEdit = {
  readonly name: string
  readonly photo: Uint8Array
  readonly mask: Uint8Array | null
  readonly affects: Uint8Array | null
  readonly fields: Record<string, unknown>
}

/** @throws EditError `invalid_request`, `mask_unreadable`, and as the API for its fields */
export function parseEditFile(text: string): SavedEdit {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new EditError('invalid_request', `the edit file is not JSON: ${(cause as Error).message}`)
  }
  const { name, create } = parseRequest(EditFile, file)
  const photo = dataUrlBytes(create.image)
  if (photo === null)
    throw new EditError('invalid_request', 'the photo of an edit file must be a base64 data URL', {
      pointer: '/create/image',
    })
  const maskOf = (field: 'mask' | 'affects') => {
    const url = create[field]
    if (url === undefined) return null
    const bytes = dataUrlBytes(url)
    if (bytes !== null) return bytes
    throw new EditError(
      'mask_unreadable',
      `the ${field} of an edit file must be a base64 data URL`,
      { pointer: `/create/${field}` },
    )
  }
  // Fields as written, without the schema's defaults: the profile fills in the missing ones.
  const {
    image: _,
    mask: __,
    affects: ___,
    // A file is one edit.
    n: ____,
    ...fields
  } = (file as { create: Record<string, unknown> }).create
  return { name, photo, mask: maskOf('mask'), affects: maskOf('affects'), fields }
}
