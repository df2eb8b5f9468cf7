/**
 * RunPod's queue endpoints (docs.runpod.io, serverless endpoints, 2026-08): run, status, cancel.
 * Its webhook only makes the edit poll; what counts is the poll.
 */

import { z } from 'zod'
import { RunEvent, type RunRequest } from '../../shared/run.ts'
import { hmac, sameSecret } from '../secrets.ts'
import type { ProviderConfig } from '../settings/providers.ts'
import type { Environment, Settings } from '../settings/settings.ts'
import { ask, type Host, type RunReport, retryAfterOf, type Submission } from './host.ts'
import { signRun } from './sign.ts'

const Run = z.object({ id: z.string().min(1), status: z.string() })
const Status = z.object({
  status: z.enum([
    'IN_QUEUE',
    'IN_PROGRESS',
    'RUNNING',
    'COMPLETED',
    'FAILED',
    'CANCELLED',
    'TIMED_OUT',
  ]),
  output: z.unknown().optional(),
  error: z.unknown().optional(),
})
/** What our adapter returns as a job's output: the run's last event. */
const Output = z.object({ last: RunEvent })

/** RunPod wants an execution timeout of at least five seconds and a lifetime of at least ten. */
const MIN_EXECUTION_MS = 5_000
const MIN_TTL_MS = 10_000

export class RunPodHost implements Host {
  readonly #config: Extract<ProviderConfig, { kind: 'runpod' }>
  readonly #settings: Settings
  readonly #apiKey: string
  /** A queue has no requests that wait for their response. */
  readonly findMask = null

  constructor(
    config: Extract<ProviderConfig, { kind: 'runpod' }>,
    settings: Settings,
    env: Environment,
  ) {
    this.#config = config
    this.#settings = settings
    this.#apiKey = String(env[config.apiKey])
  }

  async submit(runId: string, request: RunRequest): Promise<Submission> {
    const body = JSON.stringify(request)
    const { RUN_SIGNING_KEY, CALLBACK_ORIGIN, RUN_SECONDS } = this.#settings
    const signature = await signRun(RUN_SIGNING_KEY, 'PUT', runId, body, request.deadline)
    const token = await runPodToken(this.#settings, runId)
    const response = await this.#call('POST', 'run', {
      // The request is sent as text, since the signature covers its bytes.
      input: { runId, request: body, signature },
      webhook: `${CALLBACK_ORIGIN}/internal/runpod/${runId}?token=${token}`,
      policy: {
        executionTimeout: Math.max(MIN_EXECUTION_MS, 1000 * RUN_SECONDS),
        ttl: Math.max(MIN_TTL_MS, request.deadline - Date.now()),
      },
    })
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 429) return { outcome: 'busy', retryAfter: retryAfterOf(response, 5) }
    if (response.status >= 500)
      return { outcome: 'unreachable', detail: `RunPod returned ${response.status}` }
    if (!response.ok)
      return {
        outcome: 'rejected',
        code: 'worker_failed',
        detail: `RunPod returned ${response.status}`,
      }
    const run = Run.safeParse(await response.json().catch(() => null))
    if (!run.success) return { outcome: 'unreachable', detail: 'RunPod returned no job id' }
    return { outcome: 'accepted', jobId: run.data.id }
  }

  async report(_runId: string, jobId: string | null): Promise<RunReport> {
    // The response with the job's id was lost, so the job cannot be found. If there is one, it has
    // this attempt's number and does not collide with the next attempt.
    if (jobId === null) return { outcome: 'lost', detail: 'RunPod returned no job id' }
    const response = await this.#call('GET', `status/${encodeURIComponent(jobId)}`)
    if ('unreachable' in response) return { outcome: 'unreachable', detail: response.unreachable }
    if (response.status === 404)
      return { outcome: 'lost', detail: 'RunPod no longer knows the job' }
    const status = Status.safeParse(await response.json().catch(() => null))
    if (!response.ok || !status.success)
      return { outcome: 'unreachable', detail: `RunPod returned ${response.status}` }
    return reportOf(status.data)
  }

  async cancel(_runId: string, jobId: string | null): Promise<void> {
    if (jobId !== null) await this.#call('POST', `cancel/${encodeURIComponent(jobId)}`)
  }

  #call(method: 'GET' | 'POST', path: string, body?: unknown) {
    return ask(`${this.#config.url}/v2/${this.#config.endpoint}/${path}`, {
      method,
      headers: { authorization: `Bearer ${this.#apiKey}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  }
}

function reportOf({ status, output }: z.infer<typeof Status>): RunReport {
  if (status === 'IN_QUEUE' || status === 'IN_PROGRESS' || status === 'RUNNING')
    return { outcome: 'known', state: { status: 'running', last: null } }
  const ended = Output.safeParse(output)
  if (status === 'COMPLETED' && ended.success)
    return { outcome: 'known', state: { status: 'succeeded', last: ended.data.last } }
  return { outcome: 'lost', detail: `RunPod's job is ${status}` }
}

/** The token of a run's RunPod webhook: it allows a poll of that run, and nothing else. */
export function runPodToken(settings: Settings, runId: string): Promise<string> {
  return hmac(settings.BLOB_SECRET, `runpod ${runId}`)
}

export async function isRunPodToken(
  settings: Settings,
  runId: string,
  token: string,
): Promise<boolean> {
  return sameSecret(token, await runPodToken(settings, runId))
}
