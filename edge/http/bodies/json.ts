/** JSON bodies. */

import type { Context } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import type { App } from '../context.ts'
import { isJson, mediaType } from '../media-type.ts'
import { boundedBytes, MAX_JSON_BYTES } from './bytes.ts'

/** Reads a JSON body. @throws EditError `invalid_request`, `image_too_large` */
export async function readJson(c: Context<App>): Promise<Record<string, unknown>> {
  const header = c.req.header('content-type') ?? ''
  if (!isJson(mediaType(header).type))
    throw new EditError(
      'invalid_request',
      `the content type is ${JSON.stringify(header)}, not application/json or multipart/form-data`,
    )
  const body = bodyOf(new TextDecoder().decode(await boundedBytes(c, MAX_JSON_BYTES)))
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new EditError('invalid_request', 'the body is not a JSON object', { pointer: '' })
  return body as Record<string, unknown>
}

/**
 * Parses JSON without the members that are null: serializers of many languages write null for what
 * is not set.
 *
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  return JSON.parse(text, (_, value) => value ?? undefined)
}

function bodyOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new EditError('invalid_request', `the body is not JSON: ${(cause as Error).message}`, {
      pointer: '',
    })
  }
}
