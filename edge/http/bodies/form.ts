/**
 * The fields of a form: text, JSON, or a file. A list is one part in JSON, or one part for each
 * item. As in HTML forms, an empty field is not given.
 */

import { z } from 'zod'
import { CreateEdit } from '../../../shared/edit/bodies.ts'
import { EditError } from '../../../shared/errors.ts'
import type { HeldBytes } from '../../memory/held-bytes.ts'
import type { ImageSource } from '../../use-cases/photos/photo.ts'
import { fieldsTooLarge, MAX_FIELD_BYTES } from './bytes.ts'
import { imageSource, maskBytes, mistyped } from './image-fields.ts'
import { parseJson } from './json.ts'
import { jsonDataUrl, longDataUrl } from './lift.ts'
import { isJson } from './media-type.ts'
import { isText, type Part, partsOf, textOf } from './parts.ts'

/** Fields that are plain text; all others are written as JSON. */
const TEXT_FIELDS = new Set(
  Object.entries(CreateEdit.shape).flatMap(([name, field]) => (isWord(field) ? [name] : [])),
)
/** Fields that may have several parts. */
const LIST_FIELDS = new Set(['drags', 'moves'])

/** A create's fields without its files, and the files: parts of the bytes that are held. */
export type EditFields = {
  readonly fields: Record<string, unknown>
  readonly image: ImageSource
  readonly mask: Uint8Array | null
  readonly affects: Uint8Array | null
}

/** Reads a form. @throws EditError `invalid_request`, `mask_unreadable`, `image_too_large` */
export async function readForm(held: HeldBytes, contentType: string): Promise<EditFields> {
  const fields = new Map<string, unknown>()
  let image: ImageSource = null
  let mask: Uint8Array | null = null
  let affects: Uint8Array | null = null
  const given = new Set<string>()
  let left = MAX_FIELD_BYTES
  for (const part of await partsOf(held, contentType)) {
    const { name } = part
    const empty = part.bytes.length === 0
    if (!empty && given.has(name) && !LIST_FIELDS.has(name))
      throw new EditError('invalid_request', `${name} is given twice`, { pointer: `/${name}` })
    if (!empty) given.add(name)
    if (name === 'image') image = empty ? image : imageOf(part)
    else if (name === 'mask') mask = empty ? mask : maskOf(part, name)
    else if (name === 'affects') affects = empty ? affects : maskOf(part, name)
    // Named nevertheless, so that a name that does not exist is rejected.
    else if (empty) fields.set(name, fields.get(name))
    else {
      left -= part.bytes.length
      if (left < 0) throw fieldsTooLarge()
      const items = LIST_FIELDS.has(name) ? withItems(fields.get(name), part) : fieldOf(part)
      fields.set(name, items)
    }
  }
  return { fields: Object.fromEntries(fields), image, mask, affects }
}

function imageOf(part: Part): ImageSource {
  return isFile(part) ? part.bytes : imageSource(dataUrlOf(part) ?? textOrJson(part))
}

function maskOf(part: Part, name: 'mask' | 'affects'): Uint8Array | null {
  return isFile(part) ? part.bytes : maskBytes(dataUrlOf(part) ?? textOrJson(part), name)
}

/** Some clients give files neither a name nor a type. */
function isFile(part: Part): boolean {
  if (isJson(part.type)) return false
  return part.file || !(part.type === '' || part.type.startsWith('text/')) || !isText(part)
}

/** The bytes of a long data URL, as text or as JSON; null where the part is none. */
function dataUrlOf({ bytes, type }: Part): Uint8Array | null {
  return isJson(type) ? jsonDataUrl(bytes) : longDataUrl(bytes)
}

/** A stored image is written as JSON, a URL as text. */
function textOrJson(part: Part): unknown {
  if (part.bytes.length > MAX_FIELD_BYTES) throw fieldsTooLarge()
  const text = textOf(part)
  return isJson(part.type) || text.trimStart().startsWith('{') ? jsonOf(part.name, text) : text
}

/** The list so far, and the items of one more part: one item, or a list of them. */
function withItems(list: unknown, part: Part): unknown[] {
  return [list ?? [], fieldOf(part)].flat()
}

function fieldOf(part: Part): unknown {
  const { name, type } = part
  // Some clients make a file of every part.
  if (part.file && !isJson(type) && !type.startsWith('text/') && !isText(part))
    throw mistyped(name, 'text, not a file')
  const text = textOf(part)
  if (TEXT_FIELDS.has(name) && !isJson(type)) return text
  // The name is the mistake, not what follows it.
  if (!Object.hasOwn(CreateEdit.shape, name)) return text
  // Python writes True and False.
  return jsonOf(name, /^\s*(?:true|false)\s*$/i.test(text) ? text.toLowerCase() : text)
}

function jsonOf(name: string, text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    throw mistyped(name, 'JSON')
  }
}

function isWord(field: z.core.$ZodType): boolean {
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault) return isWord(field.unwrap())
  return field instanceof z.ZodString || field instanceof z.ZodEnum
}
