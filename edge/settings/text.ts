/** Settings that are more than one value in a text. */

import { z } from 'zod'

/** Parses JSON; a schema follows. */
export const json = (text: string, context: z.RefinementCtx) => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' })
    return z.NEVER
  }
}

/** Comma-separated; empty for none. */
export const list = z
  .string()
  .default('')
  .transform((text) => text.split(',').filter((part) => part !== ''))
