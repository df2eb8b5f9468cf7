/**
 * One edit's life: queued, handed to a worker, watched, ended. One alarm drives it; events from the
 * worker hurry it on.
 */

import { DurableObject } from 'cloudflare:workers'
import { EditError, type ErrorCode, type Problem } from '../../shared/errors.ts'
import { contentTypes } from '../../shared/image-header.ts'
import type { RunEvent, RunRequest } from '../../shared/run.ts'
import { HttpWorker } from '../dispatch/http.ts'
import { type Bindings, readSettings, type Settings } from '../env.ts'
import { digest, randomToken, sameSecret } from '../secrets.ts'
import { resultKey, signBlobUrl } from '../storage.ts'
import {
  type AcceptedEdit,
  type EditRow,
  EditState,
  type EditStatus,
  isOpen,
  openStatuses,
} from './edit-state.ts'

/** A worker that cannot be asked this many times in a row counts as lost. */
const MAX_SILENT_POLLS = 3
const MAX_RETRY_MS = 10_000
/** A result is at most a lossless 40 megapixels. */
const MAX_RESULT_BYTES = 200_000_000
/** Signed URLs outlive the run by this much. */
const URL_MARGIN_MS = 60_000

/** Outcome of an event: taken, seen before, from a run that is not ours, or with a wrong bearer. */
export type EventOutcome = 'taken' | 'stale' | 'unauthenticated' | 'unknown'

export class EditObject extends DurableObject<Bindings> {
  readonly #state: EditState
  readonly #settings: Settings
  readonly #worker: HttpWorker

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env)
    this.#state = new EditState(ctx.storage.sql)
    this.#settings = readSettings(env)
    this.#worker = new HttpWorker(this.#settings.WORKER_URL, this.#settings.WORKER_TOKEN)
  }

  /** Takes the edit over; from here on it ends by itself. */
  async create(accepted: AcceptedEdit): Promise<EditRow> {
    const now = Date.now()
    this.#state.create(accepted, now, now + 1000 * this.#settings.DISPATCH_SECONDS)
    await this.ctx.storage.setAlarm(now)
    return this.#state.read() as EditRow
  }

  /** The row, null where there is no such edit. */
  read(): EditRow | null {
    return this.#state.read()
  }

  /** An event of run `attempt`. */
  async report(attempt: number, token: string, event: RunEvent): Promise<EventOutcome> {
    const given = await digest(token)
    const expected = this.#state.read()?.tokenDigest
    if (expected === undefined) return 'unknown'
    if (expected === null || !(await sameSecret(expected, given))) return 'unauthenticated'
    // Read again after the awaits: another event may have come in between.
    const row = this.#state.read() as EditRow
    if (attempt !== row.attempt || !isOpen(row.status)) return 'stale'
    if (event.seq <= row.lastSeq) return 'taken'
    this.#state.change(openStatuses, { lastSeq: event.seq, silentPolls: 0 })
    await this.#apply(event)
    return 'taken'
  }

  override async alarm(): Promise<void> {
    try {
      await this.#advance()
    } catch (error) {
      // A thrown alarm is retried by the platform a few times and then forgotten; the edit must not
      // be.
      console.error(
        JSON.stringify({
          message: 'alarm failed',
          error: error instanceof Error ? error.stack : String(error),
        }),
      )
      await this.#wake(MAX_RETRY_MS)
    }
  }

  /** Whatever is due in the current state; sets the next alarm unless the edit is over. */
  async #advance(): Promise<void> {
    const row = this.#state.read()
    if (row === null) return
    if (row.status === 'queued') await this.#dispatch(row)
    else if (isOpen(row.status)) await this.#watch(row)
  }

  async #dispatch(row: EditRow): Promise<void> {
    const now = Date.now()
    // Saved before the run is handed over: its first event may be faster than the answer.
    const token = randomToken()
    const attempt = row.attempt + 1
    const runBy = now + 1000 * this.#settings.RUN_SECONDS
    const prepared = {
      status: 'dispatching',
      attempt,
      tokenDigest: await digest(token),
      lastSeq: -1,
      runBy,
    } as const
    if (!this.#state.change(['queued'], prepared)) return
    const { accepted } = row
    const submission = await this.#worker.submit(
      runIdOf(accepted, attempt),
      await this.#request(accepted, attempt, token, runBy),
    )
    if (submission.outcome === 'accepted') return this.#wake(1000 * this.#settings.POLL_SECONDS)
    if (submission.outcome === 'refused') return this.#fail(submission.code, submission.detail)
    const why = submission.outcome === 'busy' ? 'every worker is busy' : submission.detail
    if (now >= row.dispatchBy) {
      const code = submission.outcome === 'busy' ? 'worker_timeout' : 'worker_failed'
      // A run whose acceptance got lost on the way may have started after all.
      const detail = `no worker took the run within ${this.#settings.DISPATCH_SECONDS} s: ${why}`
      return this.#fail(code, detail, ['dispatching'])
    }
    this.#state.change(['dispatching'], { status: 'queued' })
    const wait =
      submission.outcome === 'busy'
        ? 1000 * submission.retryAfter
        : Math.min(MAX_RETRY_MS, 250 * 2 ** attempt)
    await this.#wake(Math.min(wait, Math.max(100, row.dispatchBy - now)))
  }

  /**
   * Asks about a run whose events have not ended it, and ends it if nobody knows it any more or its
   * time is over.
   */
  async #watch(row: EditRow): Promise<void> {
    const runId = runIdOf(row.accepted, row.attempt)
    if (row.runBy !== null && Date.now() >= row.runBy) {
      await this.#worker.cancel(runId)
      return this.#fail(
        'worker_timeout',
        `the run was not done within ${this.#settings.RUN_SECONDS} s`,
      )
    }
    const report = await this.#worker.report(runId)
    if (report.outcome === 'known') {
      this.#state.change(openStatuses, { silentPolls: 0 })
      // The worker gave up reporting the end; its state has it.
      if (report.state.last !== null) await this.#apply(report.state.last)
    } else if (report.outcome === 'lost') {
      // Handed over by an alarm that did not live to see the answer: hand it over again.
      if (this.#state.change(['dispatching'], { status: 'queued' })) return this.#wake(0)
      return this.#fail('worker_failed', 'the worker was restarted and lost the run')
    }
    if (report.outcome === 'unreachable' && row.silentPolls + 1 >= MAX_SILENT_POLLS)
      return this.#fail('worker_failed', `the worker was lost during the run: ${report.detail}`)
    if (report.outcome === 'unreachable')
      this.#state.change(openStatuses, { silentPolls: row.silentPolls + 1 })
    const left = row.runBy === null ? Number.POSITIVE_INFINITY : row.runBy - Date.now()
    await this.#wake(Math.max(100, Math.min(1000 * this.#settings.POLL_SECONDS, left)))
  }

  async #apply(event: RunEvent): Promise<void> {
    switch (event.type) {
      case 'started':
        this.#state.change(['queued', 'dispatching'], { status: 'running' })
        return
      case 'progress':
        this.#state.change(['queued', 'dispatching', 'running'], {
          status: 'running',
          step: event.step,
        })
        return
      case 'failed':
        return this.#end('failed', event.problem)
      case 'canceled':
        return this.#end('canceled', null)
      case 'succeeded':
        return this.#store(event)
    }
  }

  /** A success counts once its result is in the bucket. */
  async #store(event: Extract<RunEvent, { type: 'succeeded' }>): Promise<void> {
    if (!this.#state.change(['queued', 'dispatching', 'running'], { status: 'storing' })) return
    const row = this.#state.read() as EditRow
    const { account, id, sampler } = row.accepted
    const key = resultKey(account, id, row.attempt, sampler.output.format)
    const object = await this.env.BUCKET.head(key)
    const type = contentTypes[sampler.output.format]
    if (
      object === null ||
      object.size !== event.result.bytes ||
      object.httpMetadata?.contentType !== type
    ) {
      const found =
        object === null ? 'nothing' : `${object.size} bytes of ${object.httpMetadata?.contentType}`
      return this.#fail(
        'worker_failed',
        `the worker reported ${event.result.bytes} bytes of ${type}, the bucket holds ${found}`,
      )
    }
    const result = {
      key,
      bytes: object.size,
      width: event.result.width,
      height: event.result.height,
    }
    if (this.#state.change(['storing'], { status: 'succeeded', result, timings: event.timings }))
      await this.#finish()
  }

  async #fail(
    code: ErrorCode,
    detail: string,
    from: readonly EditStatus[] = openStatuses,
  ): Promise<void> {
    await this.#end('failed', new EditError(code, detail).problem(), from)
  }

  async #end(
    status: 'failed' | 'canceled',
    problem: Problem | null,
    from: readonly EditStatus[] = openStatuses,
  ): Promise<void> {
    if (this.#state.change(from, { status, problem })) await this.#finish()
    else await this.#wake(1000 * this.#settings.POLL_SECONDS)
  }

  async #finish(): Promise<void> {
    await this.ctx.storage.deleteAlarm()
  }

  async #wake(delay: number): Promise<void> {
    const row = this.#state.read()
    if (row !== null && isOpen(row.status)) await this.ctx.storage.setAlarm(Date.now() + delay)
  }

  async #request(
    accepted: AcceptedEdit,
    attempt: number,
    token: string,
    runBy: number,
  ): Promise<RunRequest> {
    const { CALLBACK_ORIGIN, BLOB_SECRET } = this.#settings
    const { account, id, image, model, workingSize, plan, sampler } = accepted
    const expires = runBy + URL_MARGIN_MS
    const contentType = contentTypes[sampler.output.format]
    const key = resultKey(account, id, attempt, sampler.output.format)
    return {
      model,
      image: {
        url: await signBlobUrl(CALLBACK_ORIGIN, BLOB_SECRET, {
          method: 'GET',
          key: image.key,
          expires,
        }),
        width: image.width,
        height: image.height,
      },
      workingSize,
      plan,
      sampler,
      result: {
        url: await signBlobUrl(CALLBACK_ORIGIN, BLOB_SECRET, {
          method: 'PUT',
          key,
          expires,
          contentType,
          maxBytes: MAX_RESULT_BYTES,
        }),
        contentType,
      },
      events: {
        url: `${CALLBACK_ORIGIN}/internal/runs/${runIdOf(accepted, attempt)}/events`,
        token,
      },
      deadline: runBy,
    }
  }
}

/** `{account}.{edit}.{attempt}`: names of runs are unique over all edits and attempts. */
function runIdOf({ account, id }: AcceptedEdit, attempt: number): string {
  return `${account}.${id}.${attempt}`
}
