/**
 * The open half of an edit's life: a slot, a hand-over, a run that is watched, a result that is
 * verified. Ends by handing the edit to its {@link Ending}.
 */

import { EditError, type ErrorCode, type Problem } from '../../../shared/errors.ts'
import type { RunEvent } from '../../../shared/run.ts'
import type { Host } from '../../dispatch/host.ts'
import { hostOf } from '../../dispatch/hosts.ts'
import { moderateOutput } from '../../outbound/moderation.ts'
import { digest, randomToken } from '../../secrets.ts'
import { faultPoint } from '../fault-points.ts'
import { providerObject } from '../names.ts'
import type { Release } from '../provider/provider.ts'
import type { EditContext } from './context.ts'
import type { Ending } from './ending.ts'
import { findResult } from './result.ts'
import { runIdFor, runRequestFor } from './run-request.ts'
import { type EditRow, isOpen, openStatuses, type StoredResult } from './state.ts'

/** A worker that cannot be asked this many times in a row counts as lost. */
const MAX_SILENT_POLLS = 3
/** Runs that may be lost before the edit is given up. */
const MAX_LOSSES = 3
const MAX_WAIT_MS = 10_000
/** A waiting edit asks again in half the time it has to wait, in case a call got lost. */
const ASK_AGAIN_MS = { least: 5_000, most: 30_000 }
/** Faults of ours: another attempt may do better. The others are the photo's, or final. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'worker_failed',
  'worker_timeout',
  'internal',
  'model_unavailable',
  'conflict',
])

export class Attempts {
  readonly #context: EditContext
  readonly #ending: Ending

  constructor(context: EditContext, ending: Ending) {
    this.#context = context
    this.#ending = ending
  }

  get #seconds() {
    const { DISPATCH_SECONDS, RUN_SECONDS, POLL_SECONDS } = this.#context.settings
    return { dispatch: DISPATCH_SECONDS, run: RUN_SECONDS, poll: POLL_SECONDS }
  }

  /** Whatever is due in an open edit. */
  async advance(row: EditRow): Promise<void> {
    const now = Date.now()
    if (row.accepted.cancelAt !== null && now >= row.accepted.cancelAt)
      return this.cancel(row, 'Cancel-After was over')
    if (now >= row.accepted.deadline) {
      this.#stopRun(row)
      return this.#fail(row, 'worker_timeout', 'the edit was not done by its deadline')
    }
    if (row.wakeAt > now) return
    if (row.status === 'queued') await this.#findSlot(row)
    else if (row.status === 'storing') await this.#store(row)
    else await this.#watch(row)
  }

  /** Ends an open edit on its owner's behalf. The worker is told; nobody waits for it. */
  async cancel(row: EditRow, why: string): Promise<void> {
    this.#stopRun(row)
    const settlement = row.started === 1 ? 'capture' : 'release'
    if (this.#ending.end(openStatuses, 'canceled', settlement, { problem: null }))
      this.#log('canceled', row, why)
    await this.#release(row, 'left')
  }

  /** Takes an event of the current run. */
  async apply(row: EditRow, event: RunEvent): Promise<void> {
    const { state, events } = this.#context
    const before = ['queued', 'dispatching'] as const
    switch (event.type) {
      case 'started':
        if (state.change(before, { status: 'running', started: 1, queue: null }))
          events.add('status', { status: 'running' })
        else state.change(openStatuses, { started: 1 })
        return
      case 'progress': {
        const { step, steps, preview } = event
        if (state.change(before, { status: 'running' })) events.add('status', { status: 'running' })
        if (state.change(['running'], { started: 1, step }))
          events.add('progress', { step, steps, ...(preview !== undefined && { preview }) })
        return
      }
      case 'failed':
        if (RETRYABLE.has(event.problem.code)) return this.#lost(row, event.problem)
        return this.#end(row, event.problem)
      case 'canceled':
        // Not by us, or we would not listen any more: the worker is shutting down.
        return this.#lost(row, problemOf('worker_failed', 'the worker gave the run up'))
      case 'succeeded': {
        const { result, timings } = event
        const change = { status: 'storing', claim: result, timings, wakeAt: Date.now() } as const
        if (!state.change(['queued', 'dispatching', 'running'], change)) return
        faultPoint('edit.claimed', this.#context.ctx)
        return this.#store(state.read() as EditRow)
      }
    }
  }

  /** Asks providers for a slot, in order, those that lost a run last. */
  async #findSlot(row: EditRow): Promise<void> {
    const { ctx, env, state, settings } = this.#context
    const now = Date.now()
    if (now >= row.dispatchBy) {
      const problem = problemOf(
        'worker_timeout',
        `no worker was free within ${this.#seconds.dispatch} s`,
      )
      if (this.#ending.end(['queued'], 'expired', 'release', { problem }))
        await this.#release(row, 'left')
      return
    }
    faultPoint('edit.before-slot', ctx)
    const { account, region, id, model } = row.accepted
    const serving = settings.PROVIDERS.filter(({ models }) => models.includes(model))
    const fresh = serving.filter(({ name }) => !row.avoid.includes(name))
    const choices = [...fresh, ...serving.filter((one) => !fresh.includes(one))]
    let openUntil = now + MAX_WAIT_MS
    for (const { name } of choices) {
      const ticket = { edit: `${account}/${id}`, account, region }
      const slot = await providerObject(env, name).request(name, ticket)
      if (slot.answer === 'open') {
        openUntil = Math.min(openUntil, slot.until)
        continue
      }
      if (row.provider !== null && row.provider !== name) await this.#release(row, 'left')
      if (slot.answer === 'granted') {
        faultPoint('edit.slot-granted', ctx)
        return this.#dispatch({ ...row, provider: name })
      }
      const queue = { position: slot.position, seconds: slot.seconds }
      const { least, most } = ASK_AGAIN_MS
      const askAgain = now + Math.min(most, Math.max(least, 500 * slot.seconds))
      state.change(['queued'], {
        provider: name,
        queue,
        wakeAt: Math.min(askAgain, row.dispatchBy),
      })
      return
    }
    state.change(['queued'], { wakeAt: Math.min(Math.max(openUntil, now + 100), row.dispatchBy) })
  }

  /** Hands the run over. Saved first: its first event may be faster than the answer. */
  async #dispatch(row: EditRow): Promise<void> {
    const { ctx, state, settings, events } = this.#context
    const { accepted } = row
    const token = randomToken()
    const attempt = row.attempt + 1
    const now = Date.now()
    const runBy = Math.min(now + 1000 * this.#seconds.run, accepted.deadline)
    const prepared: Partial<EditRow> = {
      provider: row.provider,
      attempt,
      handle: null,
      queue: null,
      tokenDigest: await digest(token),
      lastSeq: -1,
      silentPolls: 0,
      claim: null,
      runBy,
      wakeAt: now + 1000 * this.#seconds.poll,
    }
    if (!state.change(['queued'], { ...prepared, status: 'dispatching' }))
      return this.#release(row, 'left')
    events.add('status', { status: 'dispatching' })
    faultPoint('edit.attempt-saved', ctx)
    const runId = runIdFor(accepted, attempt)
    const request = await runRequestFor(accepted, attempt, token, runBy, settings)
    const submission = await this.#host(row).submit(runId, request)
    faultPoint('edit.submitted', ctx)
    const current = state.read()
    if (current === null || current.attempt !== attempt) return
    // Canceled or deleted in between: nobody wants the run any more.
    if (!isOpen(current.status)) return this.#stopRun({ ...current, provider: row.provider })
    switch (submission.outcome) {
      case 'accepted':
        state.change(openStatuses, { handle: submission.handle })
        return this.#provider(row)?.accepted(`${accepted.account}/${accepted.id}`, runBy)
      case 'busy': {
        const wait = Math.min(1000 * submission.retryAfter, MAX_WAIT_MS)
        // It said no: this was no hand-over, and its number is free again.
        this.#requeue(wait, { attempt: row.attempt })
        await this.#provider(row)?.busy(`${accepted.account}/${accepted.id}`, wait / 1000)
        return
      }
      case 'refused':
        if (RETRYABLE.has(submission.code))
          return this.#lost(current, problemOf(submission.code, submission.detail))
        return this.#end(current, problemOf(submission.code, submission.detail))
      case 'unreachable':
        // It may have been taken all the same; watching will tell, and soon.
        state.change(['dispatching'], { wakeAt: Date.now() + 250 })
    }
  }

  /** Asks about a run whose events have not ended it. */
  async #watch(row: EditRow): Promise<void> {
    const { state } = this.#context
    const now = Date.now()
    if (row.runBy !== null && now >= row.runBy) {
      this.#stopRun(row)
      const detail = `the run was not done within ${this.#seconds.run} s`
      return this.#lost(row, problemOf('worker_timeout', detail))
    }
    const report = await this.#host(row).report(runIdFor(row.accepted, row.attempt), row.handle)
    const current = state.read()
    if (current === null || current.attempt !== row.attempt || !isOpen(current.status)) return
    const wakeAt = Math.min(now + 1000 * this.#seconds.poll, row.runBy ?? Number.POSITIVE_INFINITY)
    if (report.outcome === 'known') {
      state.change(openStatuses, { silentPolls: 0, wakeAt })
      // The worker gave up reporting the end; its state has it.
      if (report.state.last !== null) await this.apply(current, report.state.last)
      else if (row.status === 'dispatching' && row.provider !== null)
        await this.#provider(row)?.accepted(ticketOf(row), row.runBy ?? now)
    } else if (report.outcome === 'lost') {
      // Never taken, by all we know: that was no attempt.
      if (row.status === 'dispatching' && row.started === 0 && row.handle === null)
        return this.#notTaken(row, report.detail)
      return this.#lost(row, problemOf('worker_failed', report.detail))
    } else if (row.silentPolls + 1 >= MAX_SILENT_POLLS) {
      const detail = `the worker was lost: ${report.detail}`
      if (row.status === 'dispatching') return this.#notTaken(row, detail)
      return this.#lost(row, problemOf('worker_failed', detail))
    } else state.change(openStatuses, { silentPolls: row.silentPolls + 1, wakeAt })
  }

  /** The hand-over came to nothing. It may still have left a result; if not, another try. */
  async #notTaken(row: EditRow, detail: string): Promise<void> {
    if (await this.#storeIfFound(row)) return
    this.#log('not taken', row, detail)
    if (this.#requeue(Math.min(MAX_WAIT_MS, 250 * 2 ** Math.min(row.attempt, 6))))
      await this.#release(row, 'fault')
  }

  /** A run that was taken came to nothing. */
  async #lost(row: EditRow, problem: Problem): Promise<void> {
    if (await this.#storeIfFound(row)) return
    const losses = row.losses + 1
    this.#log('attempt lost', row, problem.detail)
    await this.#release(row, 'fault')
    if (losses >= MAX_LOSSES) return this.#end({ ...row, losses }, problem)
    const avoid = [...new Set([...row.avoid, ...(row.provider === null ? [] : [row.provider])])]
    const dispatchBy = Date.now() + 1000 * this.#seconds.dispatch
    this.#requeue(0, { losses, avoid, dispatchBy, step: 0 })
  }

  #requeue(wait: number, change: Partial<EditRow> = {}): boolean {
    const { state, events } = this.#context
    const back = state.change(['dispatching', 'running', 'storing'], {
      status: 'queued',
      tokenDigest: null,
      handle: null,
      claim: null,
      wakeAt: Date.now() + wait,
      ...change,
    })
    if (back) events.add('status', { status: 'queued' })
    return back
  }

  /** Before an attempt is written off: its worker may have died between storing and reporting. */
  async #storeIfFound(row: EditRow): Promise<boolean> {
    const found = await findResult(this.#context.env.BUCKET, row.accepted, row.attempt, null)
    if ('missing' in found) return false
    const { width, height, bytes } = found.result
    const claim = { width, height, bytes }
    const { state } = this.#context
    if (state.change(['dispatching', 'running'], { status: 'storing', claim, started: 1 }))
      await this.#finish(state.read() as EditRow, found.result)
    return true
  }

  /** A success counts once its result is in the bucket. */
  async #store(row: EditRow): Promise<void> {
    const found = await findResult(this.#context.env.BUCKET, row.accepted, row.attempt, row.claim)
    if ('missing' in found) return this.#lost(row, problemOf('worker_failed', found.missing))
    await this.#finish(row, found.result)
  }

  async #finish(row: EditRow, result: StoredResult): Promise<void> {
    const { ctx, env, settings } = this.#context
    faultPoint('edit.verified', ctx)
    const verdict = await moderateOutput(settings, row.accepted, result)
    if (verdict !== null) {
      await env.BUCKET.delete(result.key)
      return this.#end(row, verdict)
    }
    if (this.#ending.end(['storing'], 'succeeded', 'capture', { result }))
      await this.#release(row, 'done')
  }

  async #fail(row: EditRow, code: ErrorCode, detail: string): Promise<void> {
    await this.#end(row, problemOf(code, detail))
  }

  async #end(row: EditRow, problem: Problem): Promise<void> {
    const change = { problem, losses: row.losses }
    if (this.#ending.end(openStatuses, 'failed', 'release', change))
      await this.#release(row, 'left')
  }

  #stopRun(row: EditRow): void {
    if (row.status !== 'queued' && row.provider !== null)
      this.#context.ctx.waitUntil(
        this.#host(row).cancel(runIdFor(row.accepted, row.attempt), row.handle),
      )
  }

  /** Gives the slot back. If the word gets lost, the slot runs out by itself. */
  async #release(row: EditRow, why: Release): Promise<void> {
    const seconds =
      why === 'done' ? (Date.now() - (row.runBy ?? 0)) / 1000 + this.#seconds.run : null
    try {
      await this.#provider(row)?.release(ticketOf(row), why, seconds)
    } catch (error) {
      this.#log('slot not released', row, String(error))
    }
  }

  #provider(row: EditRow) {
    return row.provider === null ? null : providerObject(this.#context.env, row.provider)
  }

  #host(row: EditRow): Host {
    const { settings, env } = this.#context
    const config = settings.PROVIDERS.find(({ name }) => name === row.provider)
    if (config === undefined) throw new Error(`provider ${row.provider} is not configured any more`)
    return hostOf(config, settings, env)
  }

  #log(message: string, { accepted, attempt, provider }: EditRow, detail: string): void {
    console.log(JSON.stringify({ message, edit: accepted.id, attempt, provider, detail }))
  }
}

function ticketOf({ accepted }: EditRow): string {
  return `${accepted.account}/${accepted.id}`
}

function problemOf(code: ErrorCode, detail: string): Problem {
  return new EditError(code, detail).problem()
}
