/**
 * The protocol between RunPod and a queue worker, as in its own SDK (runpod-python 1.12,
 * serverless/modules/rp_job.py, rp_http.py, rp_scale.py). RunPod sets the addresses in the
 * environment. Knows nothing of runs.
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

/** A job from the queue; its input is checked by the job loop. */
const Job = z.object({ id: z.string().min(1), input: z.unknown() })
export type Job = z.infer<typeof Job>

const Stops = z.object({ jobsToStop: z.array(z.unknown()) })

/** A job's output, progress or error. */
export type JobReport =
  | { readonly output: unknown }
  | { readonly status: 'IN_PROGRESS'; readonly output: unknown }
  | { readonly error: string }

/** A long poll that takes longer is started again. */
const POLL_MS = 90_000
const POST_MS = 30_000
const POSTS = 3
/** Pauses after a 429, and after any other unusable response. */
const PAUSE_MS = { tooMany: 5_000, fault: 1_000 }

export class RunPodApi {
  readonly #config: RunPodConfig
  readonly #takeUrl: string

  constructor(config: RunPodConfig) {
    this.#config = config
    this.#takeUrl = config.RUNPOD_WEBHOOK_GET_JOB.replace('$ID', config.RUNPOD_POD_ID)
  }

  /**
   * Waits for a job, for at most a minute and a half.
   *
   * @returns null if there was none, or the response was unusable
   */
  async take(signal: AbortSignal): Promise<Job | null> {
    // The worker takes jobs only while it is idle.
    const response = await this.#poll(`${this.#takeUrl}&job_in_progress=0`, signal)
    // A worker that wakes under FlashBoot gets one 400; the next poll works.
    if (response === null) return null
    const job = Job.safeParse(response)
    if (job.success) return job.data
    await pause(PAUSE_MS.fault, signal)
    return null
  }

  /** Waits for the ids of canceled jobs. */
  async stops(signal: AbortSignal): Promise<readonly string[]> {
    const url = this.#takeUrl.replace('/job-take/', '/job-stop/')
    // An unexpected address: cancellations are not available.
    if (url === this.#takeUrl) {
      await pause(POLL_MS, signal)
      return []
    }
    const response = Stops.safeParse(await this.#poll(url, signal))
    const ids = response.success ? response.data.jobsToStop : []
    // If the server does not hold the poll open, this pause prevents a busy loop.
    if (ids.length === 0) await pause(PAUSE_MS.fault, signal)
    return ids.filter((id) => typeof id === 'string')
  }

  /** Reports on a job, with up to three attempts. @throws Error if all of them fail */
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
            // The body is JSON; this is the type that RunPod's own SDK sends.
            'content-type': 'application/x-www-form-urlencoded',
          },
          body: JSON.stringify(report),
          signal: AbortSignal.timeout(POST_MS),
        })
        await response.arrayBuffer()
        if (response.ok) return
        fault = `RunPod responded with status ${response.status}`
      } catch (error) {
        fault = String(error)
      }
    }
    throw new Error(`reporting on job ${job} failed: ${fault}`)
  }

  /** The response of a long poll as JSON; null if there is nothing yet. */
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

/** Waits, or returns early when the signal aborts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {})
}

export function log(message: string, fields: Record<string, unknown>): void {
  console.error(JSON.stringify({ message, ...fields }))
}
