/** Parses bodies by their schema, and says what is wrong with one that does not fit. */

import type { z } from 'zod'
import { EditError, type ErrorCode } from '../errors.ts'

/**
 * Parses a body, or refuses it with the code of its first fault. Faults of form (`invalid_request`)
 * come before faults of value.
 *
 * @throws EditError
 */
export function parseRequest<T extends z.ZodType>(schema: T, body: unknown): z.infer<T> {
  const parsed = schema.safeParse(body, { reportInput: true })
  if (parsed.success) return parsed.data
  const refusals = parsed.error.issues.map(refusalOf)
  throw refusals.find((refusal) => refusal.code === 'invalid_request') ?? (refusals[0] as EditError)
}

function refusalOf(issue: z.core.$ZodIssue): EditError {
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

/** The offending value, if it is short; of a long text (a prompt, an image) only the length. */
function shown(input: unknown): string {
  if (typeof input === 'number' || typeof input === 'boolean') return ` (got ${input})`
  if (typeof input !== 'string') return ''
  return input.length > 60 ? ` (got ${input.length} characters)` : ` (got ${JSON.stringify(input)})`
}

function codeOf(issue: z.core.$ZodIssue): ErrorCode {
  const [field] = issue.path
  const top = issue.path.length === 1
  if (issue.code === 'unrecognized_keys') return 'invalid_request'
  const mistyped = issue.code === 'invalid_type' || issue.code === 'invalid_union'
  if (top && mistyped && issue.input === undefined) {
    if (field === 'image') return 'image_missing'
    if (field === 'drags') return 'no_drags'
  }
  // A number that should be whole is a value out of range, not another type; text where a number
  // belongs is.
  const wrongType =
    issue.code === 'invalid_type' && !(issue.expected === 'int' && Number.isFinite(issue.input))
  const wrongWord = issue.code === 'invalid_value' && typeof issue.input !== 'string'
  if (wrongType || wrongWord || issue.code === 'invalid_union') return 'invalid_request'
  if (top && field === 'drags') return issue.code === 'too_small' ? 'no_drags' : 'too_many_drags'
  if (top && field === 'model') return 'unknown_model'
  if (top && (field === 'prompt' || field === 'negativePrompt')) return 'prompt_too_long'
  return 'invalid_option'
}
