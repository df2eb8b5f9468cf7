/** Checks JSON of benchmarks against a schema. */

import type { z } from 'zod'

/** @throws Error with the file, and the place of the first fault in it */
export function parsed<T extends z.ZodType>(schema: T, value: unknown, file: string): z.infer<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const place = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`
  throw new Error(`${file} is not as expected${place}: ${issue?.message}`)
}
