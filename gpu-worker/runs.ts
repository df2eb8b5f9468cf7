/**
 * Executes runs, so many at a time of each kind of engine, reports their events and remembers their
 * last state. Knows nothing of HTTP servers.
 */

import { EditError } from '../shared/errors.ts'
import { type EngineKind, engineOf } from '../shared/models.ts'
import { Recent } from '../shared/recent.ts'
import type { RunEvent, RunRequest, RunState } from '../shared/run.ts'
import type { Engine } from './engine.ts'
import { EventReporter, type RunNews } from './events.ts'
import type { PrepareSigning } from './provenance/signer.ts'
import type { Storage } from './storage/storage.ts'

/** Finished runs whose state can still be requested. */
const REMEMBERED = 200
const BUSY_RETRY_SECONDS = 1

type Model = RunRequest['model']

/** Runs at a time by the kind of their engine. */
export type Capacity = Readonly<Record<EngineKind, number>>

/** How a kind's runs stand. */
export type LaneState = { readonly running: number; readonly capacity: number }

type Run = {
  state: RunState
  readonly abort: AbortController
  readonly onEvent: (event: RunEvent) => void
  readonly ended: Promise<RunEvent>
}

export class Runs {
  readonly #engines: ReadonlyMap<Model, Engine>
  readonly #storage: Storage
  readonly #count: (model: Model, last: RunEvent) => void
  readonly #runs = new Recent<string, Run>(REMEMBERED)
  readonly #capacity: Capacity
  readonly #prepareSigning: PrepareSigning | null
  readonly #current = new Map<Promise<void>, EngineKind>()
  /** Reports still being delivered; other runs do not wait for them. */
  readonly #reporting = new Set<Promise<void>>()

  /**
   * @param engines by the model of a request
   * @param count called with every run's last event
   * @param prepareSigning null where results have no manifest
   */
  constructor(
    engines: ReadonlyMap<Model, Engine>,
    storage: Storage,
    count: (model: Model, last: RunEvent) => void,
    capacity: Capacity = { transformer: 1, instant: 1 },
    prepareSigning: PrepareSigning | null = null,
  ) {
    this.#prepareSigning = prepareSigning
    this.#engines = engines
    this.#capacity = capacity
    this.#storage = storage
    this.#count = count
  }

  get busy(): boolean {
    return this.#current.size > 0
  }

  get lanes(): Readonly<Record<EngineKind, LaneState>> {
    return { transformer: this.#lane('transformer'), instant: this.#lane('instant') }
  }

  #lane(kind: EngineKind): LaneState {
    const running = [...this.#current.values()].filter((one) => one === kind).length
    return { running, capacity: this.#capacity[kind] }
  }

  /**
   * Starts a run. Starting the same id again only returns its state.
   *
   * @param onEvent called with every event that is reported to the edge
   * @throws EditError `conflict` while as many runs as may of its kind are in progress, `model_unavailable`,
   * `invalid_request` for an origin or bucket that is not allowed
   */
  start(
    runId: string,
    request: RunRequest,
    onEvent: (event: RunEvent) => void = () => {},
  ): RunState {
    const known = this.#runs.get(runId)
    if (known !== undefined) return known.state
    const engine = this.#engines.get(request.model)
    if (engine === undefined)
      throw new EditError('model_unavailable', `this worker does not serve ${request.model}`)
    const kind = engineOf(request.model)
    const { running, capacity } = this.#lane(kind)
    if (running >= capacity)
      throw new EditError('conflict', 'another run is in progress', {
        retryAfter: BUSY_RETRY_SECONDS,
      })
    this.#checkUrls(request)

    const { promise: ended, resolve } = Promise.withResolvers<RunEvent>()
    const run: Run = {
      state: { runId, status: 'running', last: null },
      abort: new AbortController(),
      onEvent,
      ended,
    }
    this.#runs.set(runId, run)
    const current = this.#execute(run, request, engine)
      .then(resolve)
      .finally(() => this.#current.delete(current))
    this.#current.set(current, kind)
    return run.state
  }

  get(runId: string): RunState | null {
    return this.#runs.get(runId)?.state ?? null
  }

  /** Resolves with a run's last event. @throws Error for an unknown run */
  ended(runId: string): Promise<RunEvent> {
    const run = this.#runs.get(runId)
    if (run === undefined) throw new Error(`unknown run ${runId}`)
    return run.ended
  }

  /**
   * Cancels a run: an instant one at once, others on a CPU after the current block of the network, on a
   * GPU after the current step. Does nothing to a finished one.
   */
  cancel(runId: string): RunState | null {
    const run = this.#runs.get(runId)
    run?.abort.abort(new Canceled())
    return run?.state ?? null
  }

  /** Waits for the current runs, and until all last events are delivered or given up. */
  async idle(): Promise<void> {
    await Promise.all(this.#current.keys())
    await Promise.all(this.#reporting)
  }

  #checkUrls({ image, result, events }: RunRequest): void {
    try {
      this.#storage.check(image.url)
      this.#storage.check(result.url)
      this.#storage.checkOrigin(events.url)
    } catch (cause) {
      throw new EditError('invalid_request', (cause as Error).message)
    }
  }

  async #execute(run: Run, request: RunRequest, engine: Engine): Promise<RunEvent> {
    const reporter = new EventReporter(request.events)
    const report = (news: RunNews): RunEvent => {
      const event = reporter.report(news)
      run.onEvent(event)
      return event
    }
    const deadline = setTimeout(
      () => run.abort.abort(new TimedOut(request.deadline)),
      Math.max(0, request.deadline - Date.now()),
    )
    report({ type: 'started' })
    const { runId } = run.state
    const end = await this.#edit(runId, request, engine, report, run.abort.signal).catch((error) =>
      this.#endOf(runId, error),
    )
    clearTimeout(deadline)
    const last = report(end)
    this.#count(request.model, last)
    run.state = { ...run.state, status: end.type as 'succeeded' | 'failed' | 'canceled', last }
    const settled = reporter.settled().finally(() => this.#reporting.delete(settled))
    this.#reporting.add(settled)
    return last
  }

  async #edit(
    runId: string,
    request: RunRequest,
    engine: Engine,
    report: (news: RunNews) => void,
    signal: AbortSignal,
  ): Promise<RunNews> {
    const photo = await this.#storage.download(request.image.url, signal)
    // Nothing that comes after the steps may depend on what is in the photo's file.
    const sign = await this.#prepareSigning?.(photo)
    const job = {
      photo,
      photoSize: request.image,
      area: request.area,
      affects: request.affects,
      workingSize: request.workingSize,
      grid: request.grid,
      work: request.work,
      sampler: request.sampler,
      previews: true,
    }
    const onProgress = (step: number, steps: number, preview?: string) =>
      report({
        type: 'progress',
        step,
        steps,
        ...(preview !== undefined && { preview }),
      })
    const result = await engine(job, onProgress, signal)
    const { url, contentType } = request.result
    const { width, height, source, record } = result
    const about = { edit: editOf(runId), model: request.model, source }
    const start = performance.now()
    const signed = (await sign?.(result.bytes, about)) ?? null
    const spent = Math.round(10 * (performance.now() - start)) / 10
    const timings = { ...result.timings, ...(signed !== null && { sign: spent }) }
    const bytes = signed ?? result.bytes
    await this.#storage.upload(url, bytes, contentType, signal)
    return { type: 'succeeded', result: { width, height, bytes: bytes.length }, timings, record }
  }

  /** The last event of a run that failed with an error. */
  #endOf(runId: string, error: unknown): RunNews {
    if (error instanceof Canceled) return { type: 'canceled' }
    if (error instanceof EditError) return { type: 'failed', problem: error.problem() }
    if (error instanceof TimedOut)
      return { type: 'failed', problem: new EditError('worker_timeout', error.message).problem() }
    console.error(
      JSON.stringify({
        message: 'run failed',
        runId,
        error: error instanceof Error ? error.stack : String(error),
      }),
    )
    const why = error instanceof Error ? error.message : String(error)
    return {
      type: 'failed',
      problem: new EditError('worker_failed', `the run failed: ${why}`).problem(),
    }
  }
}

/** The edit that a run is of; the edge names runs after their edits. */
function editOf(runId: string): string {
  return /edit_[0-9a-f]+/.exec(runId)?.[0] ?? runId
}

class Canceled extends Error {}

class TimedOut extends Error {
  constructor(deadline: number) {
    super(`the run did not finish by its deadline, ${new Date(deadline).toISOString()}`)
  }
}
