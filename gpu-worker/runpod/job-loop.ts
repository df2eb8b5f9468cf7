/**
 * Takes jobs from RunPod's queue, one at a time, and executes the runs in them, which are signed
 * like those sent over HTTP. Events go to the edge directly; the last one is also the job's output,
 * in case the event does not reach the edge.
 */

import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { EditError } from '../../shared/errors.ts'
import type { RunEvent } from '../../shared/run.ts'
import type { Runs } from '../runs.ts'
import { readRunRequest } from '../server.ts'
import { checkSignature } from '../signature.ts'
import { type Job, log, type RunPodApi } from './api.ts'
import type { Ping } from './ping.ts'

/** A job's input (edge/dispatch/runpod.ts): the request is the exact text that was signed. */
const Input = z.strictObject({ runId: z.string(), request: z.string(), signature: z.string() })

export class JobLoop {
  readonly #api: RunPodApi
  readonly #runs: Runs
  readonly #keys: readonly KeyObject[]
  readonly #ping: Pick<Ping, 'job'>
  readonly #stopping = new AbortController()
  #current: { readonly job: string; readonly runId: string; stopped: boolean } | null = null

  /** @param keys every run must be signed with one of them */
  constructor(api: RunPodApi, runs: Runs, keys: readonly KeyObject[], ping: Pick<Ping, 'job'>) {
    this.#api = api
    this.#runs = runs
    this.#keys = keys
    this.#ping = ping
  }

  /** Takes jobs until {@link stop}; resolves when the last job has been reported. */
  async work(): Promise<void> {
    const { signal } = this.#stopping
    const cancellations = this.#cancelStopped(signal)
    while (!signal.aborted) {
      const job = await this.#api.take(signal)
      if (job !== null) await this.#do(job)
    }
    await cancellations
  }

  /** Takes no more jobs; the current one finishes. */
  stop(): void {
    this.#stopping.abort()
  }

  async #do(job: Job): Promise<void> {
    this.#ping.job = job.id
    try {
      const last = await this.#run(job)
      // RunPod expects no report on a canceled job.
      if (this.#current?.stopped !== true) await this.#api.report(job.id, { output: { last } })
    } catch (error) {
      const problem =
        error instanceof EditError
          ? error.problem()
          : new EditError('worker_failed', String(error)).problem()
      log('job failed', { job: job.id, problem })
      await this.#api
        .report(job.id, { error: JSON.stringify(problem) })
        .catch((fault) => log('job not reported', { job: job.id, error: String(fault) }))
    } finally {
      this.#ping.job = null
      this.#current = null
    }
  }

  /** @throws EditError if the job is not a run, or not signed by the edge */
  async #run(job: Job): Promise<RunEvent> {
    const input = Input.safeParse(job.input)
    if (!input.success) throw new EditError('invalid_request', "the job's input is not a run")
    const { runId, request, signature } = input.data
    checkSignature(this.#keys, signature, 'PUT', runId, request)
    this.#current = { job: job.id, runId, stopped: false }
    // One report at a time; progress during a report is skipped, as it would be out of date.
    let reporting = false
    this.#runs.start(runId, readRunRequest(request), (event) => {
      if (event.type !== 'progress' || reporting) return
      reporting = true
      const { step, steps } = event
      this.#api
        .report(job.id, { status: 'IN_PROGRESS', output: { step, steps } })
        .catch((error) => log('progress not reported', { job: job.id, error: String(error) }))
        .finally(() => {
          reporting = false
        })
    })
    return this.#runs.ended(runId)
  }

  async #cancelStopped(signal: AbortSignal): Promise<void> {
    while (!signal.aborted)
      for (const id of await this.#api.stops(signal))
        if (this.#current?.job === id) {
          this.#current.stopped = true
          this.#runs.cancel(this.#current.runId)
        }
  }
}
