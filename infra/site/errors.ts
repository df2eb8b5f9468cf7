/** The rows of docs/errors.md: what causes each error code, and what to do. */

import { type ErrorCode, errorTable, isErrorCode } from '../../shared/errors.ts'

export type ErrorPage = {
  readonly code: ErrorCode
  readonly title: string
  readonly status: number
  /** In Markdown, as the next one. */
  readonly cause: string
  readonly remedy: string
}

/**
 * Reads the tables of the page.
 *
 * @throws Error for a code that is unknown, has no row or has two
 */
export function errorPages(markdown: string): ErrorPage[] {
  const rows = [...markdown.matchAll(/^\| `([a-z_]+)` \| (.+?) \| (.+?) \|$/gm)]
  const pages = rows.map(([, code = '', cause = '', remedy = '']): ErrorPage => {
    if (!isErrorCode(code))
      throw new Error(`docs/errors.md explains ${code}, which is no error code`)
    return { code, ...errorTable[code], cause, remedy }
  })
  const explained = pages.map(({ code }) => code)
  const twice = explained.find((code, i) => explained.indexOf(code) !== i)
  if (twice !== undefined) throw new Error(`docs/errors.md explains ${twice} twice`)
  const missing = Object.keys(errorTable).find((code) => !explained.includes(code as ErrorCode))
  if (missing !== undefined) throw new Error(`docs/errors.md does not explain ${missing}`)
  return pages
}

/** The page of one code. */
export function errorMarkdown({ code, title, status, cause, remedy }: ErrorPage): string {
  return `# \`${code}\`\n\n${title} (HTTP status ${status}).\n\n**Cause.** ${cause}.\n\n**What to do.** ${remedy}.\n\n[All error codes](/errors)\n`
}
