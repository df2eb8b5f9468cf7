/** Errors that the API returns. */

import type { components } from './contract.ts'

export type Problem = components['schemas']['Problem']

/** An error response: `code` is from a closed list, `status` is the HTTP status. */
export class ContextDragError extends Error {
  override readonly name = 'ContextDragError'
  readonly problem: Problem
  /** Seconds to wait before the same request can succeed, if the API says so. */
  readonly retryAfter: number | undefined

  constructor(problem: Problem, retryAfter?: number) {
    super(`${problem.code}: ${problem.detail}`)
    this.problem = problem
    this.retryAfter = retryAfter
  }

  get code(): Problem['code'] {
    return this.problem.code
  }

  get status(): number {
    return this.problem.status
  }
}

/** The error in a response. A response without a problem object gets the code `internal`. */
export async function errorOf(response: Response): Promise<ContextDragError> {
  const header = response.headers.get('retry-after') ?? 'none'
  // Seconds or, from a proxy, a date.
  const seconds = Number(header)
  const retryAfter = Number.isNaN(seconds) ? (Date.parse(header) - Date.now()) / 1000 : seconds
  const problem = (await response.json().catch(() => ({
    type: 'about:blank',
    title: 'The response is not from the API',
    status: response.status,
    code: 'internal',
    detail: `status ${response.status} without a problem object`,
  }))) as Problem
  return new ContextDragError(problem, Number.isFinite(retryAfter) ? retryAfter : undefined)
}
