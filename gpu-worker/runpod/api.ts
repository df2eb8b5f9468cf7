/**
 * RunPod's side of a queue worker on the wire, as its own SDK speaks it (runpod-python 1.12,
 * serverless/modules/rp_job.py, rp_http.py, rp_scale.py). The addresses come from the environment
 * and are taken as they are. Knows no run.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/** The variables that RunPod sets in every container of a queue endpoint. */
export type RunPodConfig = {
  readonly RUNPOD_POD_ID: string
  readonly RUNPOD_AI_API_KEY: string
  readonly RUNPOD_WEBHOOK_GET_JOB: string
  readonly RUNPOD_WEBHOOK_POST_OUTPUT: string
  readonly RUNPOD_WEBHOOK_PING: string
  /** Milliseconds. */
  readonly RUNPOD_PING_INTERVAL: number
}

/** A job as it is handed out; what is in it is judged by whoever takes it. */
const Job = z.object({ id: z.string().min(1), input: z.unknown() })
export type Job = z.infer<typeof Job>

const Stops = z.object({ jobsToStop: z.array(z.unknown()) })

/** What ends a job, or tells how it goes. */
export type JobReport =
  | { readonly output: unknown }
  | { readonly status: 'IN_PROGRESS'; readonly output: unknown }
  | { readonly error: string }

/** A long poll that takes longer is given up and begun again. */
const POLL_MS = 90_000
const POST_MS = 30_000
const POSTS = 3
/** After a 429, and after anything that is no answer. */
const PAUSE_MS = { tooMany: 5_000, fault: 1_000 }

export class RunPodApi {
  readonly #config: RunPodConfig
  readonly #takeUrl: string

  constructor(config: RunPodConfig) {
    this.#config = config
    this.#takeUrl = config.RUNPOD_WEBHOOK_GET_JOB.replace('$ID', config.RUNPOD_POD_ID)
  }

  /**
   * Waits for a job, a minute and a half at most.
   *
   * @returns null where there was none, or the answer was not one
   */
  async take(signal: AbortSignal): Promise<Job | null> {
    // This worker asks only while it has nothing to do.
    const answer = await this.#poll(`${this.#takeUrl}&job_in_progress=0`, signal)
    // 400 is what a worker under FlashBoot gets when it wakes; the next poll is fine.
    if (answer === null) return null
    const job = Job.safeParse(answer)
    if (job.success) return job.data
    await pause(PAUSE_MS.fault, signal)
    return null
  }

  /** Waits for word of jobs that nobody wants any more. */
  async stops(signal: AbortSignal): Promise<readonly string[]> {
    const url = this.#takeUrl.replace('/job-take/', '/job-stop/')
    // Not where we expect it: no such channel.
    if (url === this.#takeUrl) {
      await pause(POLL_MS, signal)
      return []
    }
    const answer = Stops.safeParse(await this.#poll(url, signal))
    const ids = answer.success ? answer.data.jobsToStop : []
    // The server may not hold the poll open; then this is what keeps us from spinning.
    if (ids.length === 0) await pause(PAUSE_MS.fault, signal)
    return ids.filter((id) => typeof id === 'string')
  }

  /** Reports on a job, up to three times. @throws Error if nobody took it */
  async report(job: string, report: JobReport): Promise<void> {
    const { RUNPOD_WEBHOOK_POST_OUTPUT, RUNPOD_POD_ID, RUNPOD_AI_API_KEY } = this.#config
    const url = RUNPOD_WEBHOOK_POST_OUTPUT.replace('$RUNPOD_POD_ID', RUNPOD_POD_ID)
    let fault = ''
    for (let tried = 0; tried < POSTS; tried++) {
      if (tried > 0) await sleep(PAUSE_MS.fault * 2 ** (tried - 1))
      try {
        const response = await fetch(`${url.replace('$ID', job)}&isStream=false`, {
          method: 'POST',
          headers: {
            authorization: RUNPOD_AI_API_KEY,
            'x-request-id': job,
            // JSON all the same: this is what the platform is used to.
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: JSON.stringify(report),
          signal: AbortSignal.timeout(POST_MS),
        })
        await response.arrayBuffer()
        if (response.ok) return
        fault = `RunPod answered ${response.status}`
      } catch (error) {
        fault = String(error)
      }
    }
    throw new Error(`the report on job ${job} was not taken: ${fault}`)
  }

  /** The answer of a long poll as JSON; null where there is nothing yet. */
  async #poll(url: string, signal: AbortSignal): Promise<unknown> {
    try {
      const response = await fetch(url, {
        headers: { authorization: this.#config.RUNPOD_AI_API_KEY },
        signal: AbortSignal.any([signal, AbortSignal.timeout(POLL_MS)]),
      })
      const text = await response.text()
      if (response.status === 200) return JSON.parse(text)
      if (response.status === 429) await pause(PAUSE_MS.tooMany, signal)
      else if (response.status !== 204) await pause(PAUSE_MS.fault, signal)
    } catch (error) {
      if (signal.aborted || (error as Error).name === 'TimeoutError') return null
      log('RunPod was not reached', { error: String(error) })
      await pause(PAUSE_MS.fault, signal)
    }
    return null
  }
}

/** A pause that ends early when there is no reason to wait any more. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}

export function log(message: string, fields: Record<string, unknown>): void {
  console.error(JSON.stringify({ message, ...fields }))
}
