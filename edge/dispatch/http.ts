/**
 * Workers behind plain HTTP: a local process, Modal, or a RunPod load-balancing endpoint. Every
 * request is signed; what the host in front asks for besides comes from the settings.
 */

import { EditError, type ErrorCode, isErrorCode, type Problem } from '../../shared/errors.ts'
import { MaskAnswer, type MaskJob } from '../../shared/mask-request.ts'
import { type RunRequest, RunState } from '../../shared/run.ts'
import { SIGNATURE_HEADER } from '../../shared/run-signature.ts'
import type { ProviderConfig } from '../settings/providers.ts'
import type { Environment, Settings } from '../settings/settings.ts'
import { ask, type Host, type RunReport, retryAfterOf, type Submission } from './host.ts'
import { signRun } from './sign.ts'

/** A signature is for now; the worker allows for clocks that differ. */
const SIGNATURE_MS = 60_000
const MASK_MS = 45_000
/** Answers of load balancers that have no worker at hand: waiting, not a fault. */
const WAITING = new Set([409, 425, 429, 503])

export class HttpHost implements Host {
  readonly #config: Extract<ProviderConfig, { kind: 'http' }>
  readonly #settings: Settings
  readonly #env: Environment

  constructor(
    config: Extract<ProviderConfig, { kind: 'http' }>,
    settings: Settings,
    env: Environment,
  ) {
    this.#config = config
    this.#settings = settings
    this.#env = env
  }

  async submit(runId: string, request: RunRequest): Promise<Submission> {
    const response = await this.#call('PUT', runId, JSON.stringify(request))
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 202) return { outcome: 'accepted', handle: null }
    if (WAITING.has(response.status)) return { outcome: 'busy', retryAfter: retryAfterOf(response) }
    if (response.status >= 500 && response.status !== 500)
      return { outcome: 'unreachable', detail: `it answered ${response.status}` }
    const problem = (await response.json().catch(() => ({}))) as { code?: string; detail?: string }
    const code: ErrorCode =
      problem.code !== undefined && isErrorCode(problem.code) && response.status === 422
        ? problem.code
        : 'worker_failed'
    const detail = `the worker answered ${response.status}: ${problem.detail ?? 'no detail'}`
    return { outcome: 'refused', code, detail }
  }

  async report(runId: string): Promise<RunReport> {
    const response = await this.#call('GET', runId, '')
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 404)
      return { outcome: 'lost', detail: 'the worker was restarted and lost the run' }
    const state = RunState.safeParse(await response.json().catch(() => null))
    if (!response.ok || !state.success)
      return { outcome: 'unreachable', detail: `it answered ${response.status}` }
    return { outcome: 'known', state: state.data }
  }

  async cancel(runId: string): Promise<void> {
    await this.#call('CANCEL', runId, '')
  }

  /**
   * Asks for a mask and waits for it.
   *
   * @param id any name, for the signature's sake
   * @throws EditError the worker's own refusal; `model_unavailable` while it has no time or cannot be
   * reached, `worker_failed`
   */
  async findMask(id: string, job: MaskJob): Promise<MaskAnswer> {
    const response = await this.#call('MASK', id, JSON.stringify(job))
    if ('unreachable' in response)
      throw new EditError('model_unavailable', 'no worker finds masks just now', { retryAfter: 5 })
    if (WAITING.has(response.status))
      throw new EditError('model_unavailable', 'the worker has no time for masks just now', {
        retryAfter: retryAfterOf(response),
      })
    const body = await response.json().catch(() => null)
    const answer = MaskAnswer.safeParse(body)
    if (response.ok && answer.success) return answer.data
    const { code = '', detail = '', pointer } = (body ?? {}) as Partial<Problem>
    if (response.status === 422 && isErrorCode(code))
      throw new EditError(code, detail, pointer === undefined ? {} : { pointer })
    throw new EditError('worker_failed', `the worker answered ${response.status} about a mask`)
  }

  async #call(method: 'PUT' | 'GET' | 'CANCEL' | 'MASK', runId: string, body: string) {
    const { RUN_SIGNING_KEY } = this.#settings
    const signature = await signRun(RUN_SIGNING_KEY, method, runId, body, Date.now() + SIGNATURE_MS)
    const own = Object.entries(this.#config.headers).map(([name, setting]) => [
      name,
      String(this.#env[setting]),
    ])
    const path = {
      PUT: `runs/${runId}`,
      GET: `runs/${runId}`,
      CANCEL: `runs/${runId}/cancel`,
      MASK: `masks/${runId}`,
    }[method]
    return ask(`${this.#config.url}/v1/${path}`, {
      method: method === 'CANCEL' || method === 'MASK' ? 'POST' : method,
      // An encoder takes seconds on a CPU.
      ...(method === 'MASK' && { signal: AbortSignal.timeout(MASK_MS) }),
      headers: {
        'content-type': 'application/json',
        [SIGNATURE_HEADER]: signature,
        ...Object.fromEntries(own),
      },
      ...(body !== '' && { body }),
    })
  }
}
