/** Parses request bodies by a schema and turns the first fault into an {@link EditError}. */

import type { z } from 'zod'
import { EditError, type ErrorCode } from '../errors.ts'

/**
 * Parses a body, or throws the error of its first fault. A malformed body (`invalid_request`) takes
 * precedence over invalid values.
 *
 * @throws EditError
 */
export function parseRequest<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body, { reportInput: true })
  if (parsed.success) {
    checkSomethingIsDragged(parsed.data)
    return parsed.data
  }
  const errors = parsed.error.issues.map(errorOf)
  throw errors.find((error) => error.code === 'invalid_request') ?? (errors[0] as EditError)
}

/** A request with neither drags nor moves, each of which may be left out beside the other. */
function checkSomethingIsDragged(data: unknown): void {
  const { drags, moves } = (data ?? {}) as { drags?: unknown; moves?: unknown }
  const isEmpty = (list: unknown) => Array.isArray(list) && list.length === 0
  if (isEmpty(drags) && isEmpty(moves))
    throw new EditError('no_drags', 'the request has neither drags nor moves', {
      pointer: '/drags',
    })
}

function errorOf(issue: z.core.$ZodIssue): EditError {
  const path =
    issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0] as string] : issue.path
  const pointer = path
    .map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('')
  return new EditError(
    codeOf(issue),
    `${pointer || 'the body'}: ${issue.message}${shown(issue.input)}`,
    { pointer },
  )
}

/** The offending value; for a long string (a prompt, an image) only its length. */
function shown(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return ` (got ${input})`
  if (typeof input !== 'string') return ''
  return input.length > 60 ? ` (got ${input.length} characters)` : ` (got ${JSON.stringify(input)})`
}

/** A path within the edit of a batch. */
function withinEdit(path: readonly PropertyKey[]): readonly PropertyKey[] {
  return path[0] === 'edits' && typeof path[1] === 'number' ? path.slice(2) : path
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const path = withinEdit(issue.path)
  const [field] = path
  const top = path.length === 1
  if (issue.code === 'unrecognized_keys') return 'invalid_request'
  const mistyped = issue.code === 'invalid_type' || issue.code === 'invalid_union'
  if (top && mistyped && issue.input === undefined) {
    if (field === 'image') return 'image_missing'
  }
  // A fraction instead of an integer is an invalid value; a string instead of a number is a wrong
  // type.
  const wrongType =
    issue.code === 'invalid_type' && !(issue.expected === 'int' && Number.isFinite(issue.input))
  const notString = issue.code === 'invalid_value' && typeof issue.input !== 'string'
  if (wrongType || notString || issue.code === 'invalid_union') return 'invalid_request'
  if (top && (field === 'drags' || field === 'moves')) return 'too_many_drags'
  if (top && field === 'model') return 'unknown_model'
  if (top && (field === 'prompt' || field === 'negativePrompt')) return 'prompt_too_long'
  return 'invalid_option'
}
