/** Refusals as the API gives them. */

import type { components } from './contract.ts'

export type Problem = components['schemas']['Problem']

/** A refusal: `code` is of a closed list, `status` is the HTTP status. */
export class ContextDragError extends Error {
  override readonly name = 'ContextDragError'
  readonly problem: Problem
  /** Seconds to wait before the same request can succeed, where the API says so. */
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

/** The refusal in an answer; one that is no problem object becomes `internal`. */
export async function errorOf(answer: Response): Promise<ContextDragError> {
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN)
  const problem = (await answer.json().catch(() => ({
    type: 'about:blank',
    title: 'No answer of the API',
    status: answer.status,
    code: 'internal',
    detail: `the server answered ${answer.status}`,
  }))) as Problem
  return new ContextDragError(problem, Number.isFinite(retryAfter) ? retryAfter : undefined)
}
