/** The parts of a form, as `multipart/form-data` frames them. Knows no field. */

import { parseMultipartMessage } from '@apeleghq/multipart-parser/parseMultipartMessage'
import { EditError } from '../../../shared/errors.ts'
import type { HeldBytes } from '../../memory/held-bytes.ts'
import { mediaType } from './media-type.ts'

/** More than all fields with the most drags, one part each. */
const MAX_PARTS = 200
/** So many bytes show whether something is text. */
const SAMPLE_BYTES = 1024

/** One part of a form. */
export type Part = {
  readonly name: string
  /** Whether it names a file. */
  readonly file: boolean
  /** Its media type; '' where it has none. */
  readonly type: string
  readonly charset: string
  readonly bytes: Uint8Array
}

/**
 * The parts of a form in their order, as parts of the bytes that are held.
 *
 * @throws EditError `invalid_request`
 */
export async function partsOf(held: HeldBytes, contentType: string): Promise<Part[]> {
  const boundary = mediaType(contentType).parameters.get('boundary') ?? ''
  if (boundary === '')
    throw malformed(
      'its Content-Type has no boundary; leave that header to the HTTP client that writes the form',
    )
  // As one chunk: the parser searches again from the start with each.
  const whole = new ReadableStream<Uint8Array>({
    start: (controller) => {
      controller.enqueue(held.bytes)
      controller.close()
    },
  })
  const parts: Part[] = []
  try {
    for await (const { headers, body } of parseMultipartMessage(whole, boundary, partHeaders)) {
      // The parser has copied the chunk. Its parts are parts of the copy.
      if (body) held.replace(body)
      parts.push(partOf(headers, body ?? new Uint8Array(0)))
      if (parts.length > MAX_PARTS) break
    }
  } catch (cause) {
    if (cause instanceof EditError) throw cause
    throw malformed(
      `its parts do not end with --${boundary}--: it is cut off, has another boundary, or has lines that do not end with CRLF`,
    )
  }
  if (parts.length > MAX_PARTS) throw malformed(`it has more than ${MAX_PARTS} parts`)
  return parts
}

function malformed(why: string): EditError {
  return new EditError('invalid_request', `the body is not multipart/form-data: ${why}`)
}

/** Those that are needed. File names may have characters that Headers do not take. */
function partHeaders(pairs: [name: string, value: string][]): Headers {
  const needed = pairs.filter(([name]) =>
    /^content-(?:disposition|type|transfer-encoding)$/i.test(name.trim()),
  )
  return new Headers(
    needed.map(([name, value]) => [name.trim(), value.replaceAll(/[^\t -~]/g, '_')]),
  )
}

/** Names come in quotes or without, and the name of a file also as `filename*`. */
function partOf(headers: Headers, bytes: Uint8Array): Part {
  const { parameters } = mediaType(headers.get('content-disposition'))
  const content = mediaType(headers.get('content-type'))
  const name = parameters.get('name')
  if (name === undefined) throw malformed('a part has no name')
  const encoding = headers.get('content-transfer-encoding') ?? ''
  if (/^base64$/i.test(encoding.trim()))
    throw new EditError(
      'invalid_request',
      `${name} is in base64 (Content-Transfer-Encoding); send its bytes as they are`,
      { pointer: `/${name}` },
    )
  return {
    name,
    file: parameters.has('filename') || parameters.has('filename*'),
    type: content.type,
    charset: content.parameters.get('charset') ?? 'utf-8',
    bytes,
  }
}

/** True where the bytes can be text in UTF-8. */
export function isText({ bytes }: Part): boolean {
  try {
    // As a stream: a character may be cut at the end.
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false })
    decoder.decode(bytes.subarray(0, SAMPLE_BYTES), { stream: true })
    return true
  } catch {
    return false
  }
}

/** The part as text. @throws EditError `invalid_request` for a charset that is not known */
export function textOf({ name, charset, bytes }: Part): string {
  return decoderOf(name, charset).decode(bytes)
}

function decoderOf(name: string, charset: string): TextDecoder {
  try {
    return new TextDecoder(charset)
  } catch {
    throw new EditError('invalid_request', `${name} has the unknown charset ${charset}`, {
      pointer: `/${name}`,
    })
  }
}
