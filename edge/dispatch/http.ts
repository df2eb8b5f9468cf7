/**
 * Workers behind plain HTTP: a local process, Modal, or a RunPod load-balancing endpoint. Every
 * request is signed; headers that the host in front requires come from the settings.
 */

import { type ErrorCode, isErrorCode, type Problem } from '../../shared/errors.ts'
import { MaskAnswer, type MaskJob } from '../../shared/mask-request.ts'
import { type RunRequest, RunState } from '../../shared/run.ts'
import { SIGNATURE_HEADER } from '../../shared/run-signature.ts'
import type { ProviderConfig } from '../settings/providers.ts'
import type { Environment, Settings } from '../settings/settings.ts'
import {
  ask,
  type Host,
  type MaskReport,
  type RunReport,
  retryAfterOf,
  type Submission,
} from './host.ts'
import { signRun } from './sign.ts'

/** How long a signature is valid; the worker allows for clocks that differ. */
const SIGNATURE_MS = 60_000
const MASK_MS = 45_000
/** Statuses of load balancers that have no worker ready: a wait, not a fault. */
const WAITING = new Set([409, 425, 429, 503])

export class HttpHost implements Host {
  readonly #config: Extract<ProviderConfig, { kind: 'http' }>
  readonly #settings: Settings
  readonly #env: Environment
  readonly findMask: Host['findMask']

  constructor(
    config: Extract<ProviderConfig, { kind: 'http' }>,
    settings: Settings,
    env: Environment,
  ) {
    this.#config = config
    this.#settings = settings
    this.#env = env
    this.findMask = config.masks ? (id, job) => this.#findMask(id, job) : null
  }

  async submit(runId: string, request: RunRequest): Promise<Submission> {
    const response = await this.#call('PUT', runId, JSON.stringify(request))
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 202) return { outcome: 'accepted', jobId: null }
    const problem = (await response.json().catch(() => ({}))) as Partial<Problem>
    const detail = `the worker returned ${response.status}: ${problem.detail ?? 'no detail'}`
    // Waiting does not help: it was started with other models than the settings say.
    if (problem.code === 'model_unavailable' && !response.headers.has('retry-after'))
      return { outcome: 'rejected', code: problem.code, detail }
    if (WAITING.has(response.status)) return { outcome: 'busy', retryAfter: retryAfterOf(response) }
    if (response.status >= 500 && response.status !== 500)
      return { outcome: 'unreachable', detail: `it returned ${response.status}` }
    const code: ErrorCode =
      problem.code !== undefined && isErrorCode(problem.code) && response.status === 422
        ? problem.code
        : 'worker_failed'
    return { outcome: 'rejected', code, detail }
  }

  async report(runId: string): Promise<RunReport> {
    const response = await this.#call('GET', runId, '')
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 404)
      return { outcome: 'lost', detail: 'the worker was restarted and lost the run' }
    const state = RunState.safeParse(await response.json().catch(() => null))
    if (!response.ok || !state.success)
      return { outcome: 'unreachable', detail: `it returned ${response.status}` }
    return { outcome: 'known', state: state.data }
  }

  async cancel(runId: string): Promise<void> {
    await this.#call('CANCEL', runId, '')
  }

  /** @param id any name; the signature covers it */
  async #findMask(id: string, job: MaskJob): Promise<MaskReport> {
    const response = await this.#call('MASK', id, JSON.stringify(job))
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (WAITING.has(response.status)) return { outcome: 'busy', retryAfter: retryAfterOf(response) }
    const body = await response.json().catch(() => null)
    const mask = MaskAnswer.safeParse(body)
    if (response.ok && mask.success) return { outcome: 'found', mask: mask.data }
    const { code = '', detail = '', pointer = null } = (body ?? {}) as Partial<Problem>
    if (response.status === 422 && isErrorCode(code))
      return { outcome: 'rejected', code, detail, pointer }
    return {
      outcome: 'rejected',
      code: 'worker_failed',
      detail: `the worker returned ${response.status} for a mask`,
      pointer: null,
    }
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
      // A segmenter's encoder takes seconds on a CPU.
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
