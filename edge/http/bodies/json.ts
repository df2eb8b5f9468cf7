/** JSON bodies. */

import type { Context } from 'hono'
import { EditError } from '../../../shared/errors.ts'
import type { BodyOwner } from '../../memory/budgets.ts'
import type { App } from '../context.ts'
import { holdBody, MAX_JSON_BYTES } from './bytes.ts'
import { type LiftedFiles, liftFiles } from './lift.ts'
import { isJson, mediaType } from './media-type.ts'

/** A body's members, and its files. */
export type JsonBody = {
  /** Where a file was taken out, only the head of its data URL is left. */
  readonly value: Record<string, unknown>
  readonly files: LiftedFiles
  /** Frees the files. */
  readonly release: () => void
}

/** How a body is read. */
type Reading = {
  /** How long it may be, in bytes. */
  readonly limit?: number
  /** Whose share of the memory it takes where that is not the caller's. */
  readonly owner?: BodyOwner
  /** Whether a member that is null stays: see {@link parseJson}. */
  readonly keepNulls?: boolean
}

/** Reads a JSON body without files. @throws EditError `invalid_request`, `image_too_large` */
export async function readJson(
  c: Context<App>,
  reading?: Reading,
): Promise<Record<string, unknown>> {
  const { value, release } = await readJsonFiles(c, reading)
  release()
  return value
}

/** Reads a JSON body, to be released. @throws EditError `invalid_request`, `image_too_large` */
export async function readJsonFiles(
  c: Context<App>,
  { limit = MAX_JSON_BYTES, owner, keepNulls = false }: Reading = {},
): Promise<JsonBody> {
  const header = c.req.header('content-type') ?? ''
  if (!isJson(mediaType(header).type))
    throw new EditError(
      'invalid_request',
      `the content type is ${JSON.stringify(header)}, not application/json or multipart/form-data`,
    )
  const held = await holdBody(c, limit, owner)
  try {
    const { text, files } = liftFiles(held.bytes)
    const value = bodyOf(text, keepNulls)
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw new EditError('invalid_request', 'the body is not a JSON object', { pointer: '' })
    return { value: value as Record<string, unknown>, files, release: () => held.release() }
  } catch (error) {
    held.release()
    throw error
  }
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

function bodyOf(text: string, keepNulls: boolean): unknown {
  try {
    return keepNulls ? JSON.parse(text) : parseJson(text)
  } catch (cause) {
    throw new EditError('invalid_request', `the body is not JSON: ${(cause as Error).message}`, {
      pointer: '',
    })
  }
}
