/**
 * `edit.json`: a whole edit in a file, as the playground saves it: the body of `POST /v1/edits` with
 * photo and mask inside, and a version.
 */

import { z } from 'zod'
import { CreateEdit } from '../shared/edit/bodies.ts'
import { parseRequest } from '../shared/edit/parse-request.ts'
import { EditError } from '../shared/errors.ts'
import { dataUrlBytes } from '../shared/files/data-url.ts'
import { EDIT_FILE_VERSION } from '../shared/files/edit-file-version.ts'

const EditFile = z.strictObject({
  version: z.literal(EDIT_FILE_VERSION),
  name: z.string().max(300).default('photo'),
  create: CreateEdit.extend({ image: z.string() }),
})

/** A saved edit: its files, and the other fields as they were written. */
export type SavedEdit = {
  readonly name: string
  readonly photo: Uint8Array
  readonly mask: Uint8Array | null
  readonly fields: Record<string, unknown>
}

/** @throws EditError `invalid_request` and as the API for what is no saved edit */
export function parseEditFile(text: string): SavedEdit {
  let file: unknown
  try {
    file = JSON.parse(text)
  } catch (cause) {
    throw new EditError(
      'invalid_request',
      `the saved edit is not JSON: ${(cause as Error).message}`,
    )
  }
  const { name, create } = parseRequest(EditFile, file)
  const photo = dataUrlBytes(create.image)
  if (photo === null)
    throw new EditError('invalid_request', 'the photo of a saved edit is a data URL in base64', {
      pointer: '/create/image',
    })
  const mask = create.mask === undefined ? null : dataUrlBytes(create.mask)
  if (create.mask !== undefined && mask === null)
    throw new EditError('mask_unreadable', 'the mask is not a data URL in base64', {
      pointer: '/create/mask',
    })
  // As they were written: what was left out is still for the profile to decide.
  const { image: _, mask: __, ...fields } = (file as { create: Record<string, unknown> }).create
  return { name, photo, mask, fields }
}
