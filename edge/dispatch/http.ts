/**
 * The GPU worker behind plain HTTP: a local process, or any host that serves the same contract.
 * Knows no edit's state.
 */

import { type ErrorCode, isErrorCode } from '../../shared/errors.ts'
import { type RunRequest, RunState } from '../../shared/run.ts'

const TIMEOUT_MS = 10_000

/** What became of handing over a run. */
export type Submission =
  | { readonly outcome: 'accepted' }
  | { readonly outcome: 'busy'; readonly retryAfter: number }
  | { readonly outcome: 'refused'; readonly code: ErrorCode; readonly detail: string }
  | { readonly outcome: 'unreachable'; readonly detail: string }

/**
 * What is known of a run: its state, that the worker does not know it (it was restarted), or
 * nothing.
 */
export type RunReport =
  | { readonly outcome: 'known'; readonly state: RunState }
  | { readonly outcome: 'lost' }
  | { readonly outcome: 'unreachable'; readonly detail: string }

export class HttpWorker {
  readonly #origin: string
  readonly #token: string

  constructor(origin: string, token: string) {
    this.#origin = origin
    this.#token = token
  }

  /** Hands over a run; the same run again is accepted again and done once. */
  async submit(runId: string, request: RunRequest): Promise<Submission> {
    const response = await this.#call('PUT', runId, JSON.stringify(request))
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 202) return { outcome: 'accepted' }
    const retryAfter = Number(response.headers.get('retry-after') ?? 1)
    if (response.status === 409 || response.status === 503) return { outcome: 'busy', retryAfter }
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string }
    const code =
      problem.code !== undefined && isErrorCode(problem.code) && response.status === 422
        ? problem.code
        : 'worker_failed'
    return {
      outcome: 'refused',
      code,
      detail: `the worker answered ${response.status}: ${problem.detail ?? 'no detail'}`,
    }
  }

  /** Asks how a run is going. */
  async report(runId: string): Promise<RunReport> {
    const response = await this.#call('GET', runId)
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 404) return { outcome: 'lost' }
    const state = RunState.safeParse(await response.json().catch(() => null))
    if (!response.ok || !state.success)
      return { outcome: 'unreachable', detail: `the worker answered ${response.status}` }
    return { outcome: 'known', state: state.data }
  }

  /** Asks for a run to stop; whether it does shows in its events. */
  async cancel(runId: string): Promise<void> {
    await this.#call('POST', `${runId}/cancel`)
  }

  async #call(
    method: string,
    path: string,
    body?: string,
  ): Promise<Response | { unreachable: string }> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' }
    const init = {
      method,
      headers,
      redirect: 'manual' as const,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(body !== undefined && { body }),
    }
    try {
      return await fetch(`${this.#origin}/v1/runs/${path}`, init)
    } catch (cause) {
      return {
        unreachable: `the worker cannot be reached: ${cause instanceof Error ? cause.message : cause}`,
      }
    }
  }
}
