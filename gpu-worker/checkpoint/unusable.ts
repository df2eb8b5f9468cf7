/** The error for a checkpoint that cannot be used as it is. */

import type { z } from 'zod'
import { EditError } from '../../shared/errors.ts'

/**
 * An error that names the file or folder and the reason, on one line.
 *
 * @param reason what is wrong with it, or what to do instead
 */
export function unusable(path: string, reason: string): EditError {
  return new EditError('model_unavailable', `${path}: ${reason}`)
}

/** The same for a file or folder that the system cannot read. */
export function unreadable(path: string, cause: unknown): EditError {
  const { code, message } = cause as NodeJS.ErrnoException
  return unusable(path, code === 'ENOENT' ? 'is missing' : `cannot be read (${code ?? message})`)
}

/** The first fault that a schema found, with the field. */
export function oneLine({ issues }: z.ZodError): string {
  const [issue] = issues
  return `${issue?.path.join('.')}: ${issue?.message}`
}
