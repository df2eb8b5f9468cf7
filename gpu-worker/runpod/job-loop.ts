/**
 * Takes jobs from RunPod's queue, one at a time, and does the runs that are in them: signed by the
 * edge like those that come over HTTP. The edge hears of a run directly; what RunPod is told is the
 * end of it once more, for when that word is lost.
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

/** A job's input (edge/dispatch/runpod.ts): the request as the very text that was signed. */
const Input = z.strictObject({ runId: z.string(), request: z.string(), signature: z.string() })

export class JobLoop {
  readonly #api: RunPodApi
  readonly #runs: Runs
  readonly #keys: readonly KeyObject[]
  readonly #ping: Pick<Ping, 'job'>
  readonly #stopping = new AbortController()
  #current: { readonly job: string; readonly runId: string; stopped: boolean } | null = null

  /** @param keys one of them has to have signed every run */
  constructor(api: RunPodApi, runs: Runs, keys: readonly KeyObject[], ping: Pick<Ping, 'job'>) {
    this.#api = api
    this.#runs = runs
    this.#keys = keys
    this.#ping = ping
  }

  /** Works until {@link stop}; resolves when the last job has been reported. */
  async work(): Promise<void> {
    const { signal } = this.#stopping
    const heeding = this.#heedStops(signal)
    while (!signal.aborted) {
      const job = await this.#api.take(signal)
      if (job !== null) await this.#do(job)
    }
    await heeding
  }

  /** Takes no more jobs; the one that is going on is finished. */
  stop(): void {
    this.#stopping.abort()
  }

  async #do(job: Job): Promise<void> {
    this.#ping.job = job.id
    try {
      const last = await this.#run(job)
      // A job that was stopped is over for RunPod already.
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

  /** @throws EditError for what is no run, or not signed by the edge */
  async #run(job: Job): Promise<RunEvent> {
    const input = Input.safeParse(job.input)
    if (!input.success) throw new EditError('invalid_request', 'the job is no run')
    const { runId, request, signature } = input.data
    checkSignature(this.#keys, signature, 'PUT', runId, request)
    this.#current = { job: job.id, runId, stopped: false }
    // One report at a time: progress that has been overtaken is not worth sending.
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

  async #heedStops(signal: AbortSignal): Promise<void> {
    while (!signal.aborted)
      for (const id of await this.#api.stops(signal))
        if (this.#current?.job === id) {
          this.#current.stopped = true
          this.#runs.cancel(this.#current.runId)
        }
  }
}
