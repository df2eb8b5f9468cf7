/** What tools answer: text, pictures that a model can look at, and errors with their codes. */

import { join } from 'node:path'
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js'
import sharp from 'sharp'
import { ContextDragError } from '../../client/index.ts'
import { EditError } from '../../shared/errors.ts'
import { contentTypes, sniffImage } from '../../shared/files/image-header.ts'
import { writeOutput } from '../files.ts'

/** Models see no more of a larger picture, and some clients reject results above 1 MB. */
const SHOWN_SIDE = 1024
const SHOWN_BYTES = 700_000

export function said(value: unknown): CallToolResult {
  return { content: [{ type: 'text', text: JSON.stringify(value) }] }
}

/** The same with a picture, which is shown smaller if it is large. */
export async function shown(
  value: unknown,
  picture: Uint8Array,
  count = 1,
): Promise<CallToolResult> {
  return { content: [...said(value).content, await visible(picture, count)] }
}

/**
 * What is said of edits that were made together, each with its id whatever has become of it.
 *
 * @param show what is said of an edit that is not deleted
 */
export async function together(
  edits: readonly { readonly id: string; readonly status: string }[],
  baseUrl: string,
  show: (id: string) => Promise<CallToolResult>,
): Promise<CallToolResult> {
  const answers = await Promise.all(
    edits.map(({ id, status }) =>
      status === 'deleted'
        ? said({ id, status })
        : show(id).catch((error: unknown) => ({
            ...said({ id, error: problemOf(error, baseUrl) }),
            isError: true,
          })),
    ),
  )
  const content = answers.flatMap((answer) => answer.content)
  return { content, ...(answers.every(({ isError }) => isError) && { isError: true }) }
}

/** @param count of pictures in the answer, which share its size */
async function visible(picture: Uint8Array, count: number) {
  const { width, height, format } = sniffImage(picture)
  const side = Math.floor(SHOWN_SIDE / Math.sqrt(count))
  const small = Math.max(width, height) <= side && picture.length <= SHOWN_BYTES / count
  const bytes = small
    ? Buffer.from(picture)
    : await sharp(picture)
        .rotate()
        .resize(side, side, { fit: 'inside', withoutEnlargement: true })
        .flatten({ background: '#fff' })
        .jpeg({ quality: 85 })
        .toBuffer()
  const mimeType = small ? contentTypes[format] : 'image/jpeg'
  return { type: 'image' as const, data: bytes.toString('base64'), mimeType }
}

/** Saves a picture, named after what it is of, with the suffix of its format. @returns its path */
export async function save(folder: string, name: string, picture: Uint8Array): Promise<string> {
  const { format } = sniffImage(picture)
  const path = join(folder, `${name}.${format === 'jpeg' ? 'jpg' : format}`)
  await writeOutput(path, '/out', picture, contentTypes[format])
  return path
}

/**
 * The error as a problem object of the API.
 *
 * @throws what is no error of the API, of its transport or of a file
 */
export function failed(error: unknown, baseUrl: string): CallToolResult {
  return { ...said(problemOf(error, baseUrl)), isError: true }
}

function problemOf(error: unknown, baseUrl: string) {
  if (error instanceof ContextDragError) return error.problem
  if (error instanceof EditError) return error.problem()
  // As fetch fails where nothing responds.
  const { cause } = error as { cause?: NodeJS.ErrnoException }
  if (!(error instanceof TypeError) || cause === undefined) throw error
  const reason = cause.code ?? cause.message
  return new EditError(
    'not_found',
    `the edge at ${baseUrl} cannot be reached (${reason})`,
  ).problem()
}
