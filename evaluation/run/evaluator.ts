/**
 * Edits and measures one case after another, on the engines that it is asked for, and writes down each
 * result as soon as it is there. What has been made and measured before is not done again.
 */

import type { EvaluationCase } from '../case.ts'
import type { Edited, EvaluatedEngine } from '../engine.ts'
import type { Measured, Metric } from '../metric.ts'
import { decodePicture, encodePicture, type Picture } from '../picture.ts'
import { digestOf } from './digest.ts'
import { decodeMoved, encodeMoved } from './moved-mask.ts'
import {
  type CaseName,
  casePicture,
  movedFile,
  movedPicture,
  resultFile,
  resultPicture,
} from './place.ts'
import {
  type EngineRecord,
  isMeasured,
  type Measurement,
  type MetricDescription,
  type ResultRecord,
  type Totals,
} from './records.ts'
import type { Store } from './store.ts'
import { caseThumbnail, movedThumbnail, resultThumbnail } from './thumbnails.ts'

/** A case with the engines that it still needs. */
export type CaseTask = {
  readonly benchmark: string
  readonly one: EvaluationCase
  readonly engines: readonly Needed[]
}

/** What a case needs: edits and metrics, or only metrics. */
export type Needed = {
  readonly engine: EngineRecord
  /** Digest of the case and of all that makes the result. */
  readonly made: string
  /** Whether the result is to be read again in any case. */
  readonly reread: boolean
}

/** What happened to a case on an engine. */
export type Outcome = {
  readonly engine: string
  readonly benchmark: string
  readonly id: string
  /** Why the edit failed; null if it did not. */
  readonly error: string | null
  /** Metrics that failed. */
  readonly unmeasured: readonly string[]
}

/** A result that can be measured. */
type Done = { readonly result: ResultRecord; readonly edited: Edited }

/** What is done again although it has been done. */
export type Again = { readonly edits: boolean; readonly metrics: readonly string[] | 'all' }

export type EvaluatorParts = {
  readonly open: (engine: EngineRecord) => Promise<EvaluatedEngine>
  readonly metrics: readonly Metric[]
  readonly store: Store
  readonly again: Again
}

export class Evaluator {
  readonly #parts: EvaluatorParts
  readonly #engines = new Map<string, Promise<EvaluatedEngine>>()

  constructor(parts: EvaluatorParts) {
    this.#parts = parts
  }

  get metrics(): readonly MetricDescription[] {
    return this.#parts.metrics.map(({ name, columns, by }) => ({
      name,
      columns,
      ...(by !== undefined && { by }),
    }))
  }

  /** What the metrics have used so far. */
  get totals(): Totals {
    return Object.fromEntries(
      this.#parts.metrics.flatMap(({ name, totals }) =>
        totals === undefined ? [] : [[name, totals()]],
      ),
    )
  }

  /** @throws the signal's reason when it is aborted, or Error if something cannot be written */
  async run(
    { benchmark, one, engines }: CaseTask,
    signal: AbortSignal,
    onOutcome: (outcome: Outcome) => void,
  ): Promise<void> {
    const name = { benchmark, id: one.id }
    const prepared = await picturesOf(one)
    if (typeof prepared === 'string') {
      for (const { engine, made } of engines) {
        await this.#fail(name, engine.name, made, prepared, 0)
        onOutcome({ ...name, engine: engine.name, error: prepared, unmeasured: [] })
      }
      return
    }
    const { photo, thumbnail } = prepared
    await this.#parts.store.write(`${casePicture(name)}.webp`, thumbnail)
    for (const needed of engines) {
      signal.throwIfAborted()
      onOutcome(await this.#evaluate(name, { one, photo }, needed, signal))
    }
  }

  /** Writes down that an edit failed, and why. */
  async #fail(
    name: CaseName,
    engine: string,
    made: string,
    error: string,
    milliseconds: number,
  ): Promise<void> {
    const nothing = { picture: null, found: false, timings: {}, record: {}, metrics: {} }
    await this.#parts.store.writeResult({ ...name, engine, made, error, milliseconds, ...nothing })
  }

  async #evaluate(
    name: CaseName,
    { one, photo }: Pick<Measured, 'one' | 'photo'>,
    needed: Needed,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const engine = needed.engine.name
    const opened = this.#engine(needed.engine)
    const known = await this.#known(name, needed)
    const done = known ?? (await this.#edit(name, { one, photo }, needed, opened, signal))
    if ('error' in done) return { ...name, engine, error: done.error, unmeasured: [] }
    const { result, edited } = done
    const measured = { one, photo, edited, engine: await opened }
    const metrics = await this.#measure(result, measured, signal)
    const unmeasured = Object.keys(metrics).filter((key) => 'error' in (metrics[key] ?? {}))
    return { ...name, engine, error: null, unmeasured }
  }

  /** The result that was made before; null if it has to be made. */
  async #known(name: CaseName, { engine, made, reread }: Needed): Promise<Done | null> {
    const { store, again } = this.#parts
    if (again.edits || reread) return null
    const result = await store.readResult(engine.name, name)
    if (result?.made !== made || result.picture === null) return null
    const png = await store.read(`${resultFile(engine.name, name)}.png`)
    // Of a run that was killed between the two files.
    if (png === null || digestOf([png]) !== result.picture) return null
    const { timings, record } = result
    const edited = { picture: await decodePicture(png), timings, record }
    if (!result.found) return { result, edited }
    const mask = await store.read(`${movedFile(engine.name, name)}.png`)
    // Without the mask, metrics of what the engine moved would lose their values.
    const moved = mask && (await decodeMoved(mask))
    return moved && { result, edited: { ...edited, moved } }
  }

  /** Edits, and writes the result down. */
  async #edit(
    name: CaseName,
    { one, photo }: Pick<Measured, 'one' | 'photo'>,
    { engine, made }: Needed,
    opened: Promise<EvaluatedEngine>,
    signal: AbortSignal,
  ): Promise<Done | { readonly error: string }> {
    const { store, again } = this.#parts
    const started = performance.now()
    const edited = await this.#tried(one, photo, opened, signal)
    const milliseconds = since(started)
    if (typeof edited === 'string') {
      await this.#fail(name, engine.name, made, edited, milliseconds)
      return { error: edited }
    }
    const { timings, record } = edited
    const png = await encodePicture(edited.picture)
    const picture = digestOf([png])
    // What is read each time is mostly what was measured the last time.
    const before = await store.readResult(engine.name, name)
    const same = !again.edits && before?.made === made && before.picture === picture
    const metrics = same ? before.metrics : {}
    const found = edited.moved !== undefined
    const done = { picture, error: null, found, timings, milliseconds, record, metrics }
    const result = { ...name, engine: engine.name, made, ...done }
    const small = await resultThumbnail(edited.picture)
    await store.write(`${resultFile(engine.name, name)}.png`, png)
    await store.write(`${resultPicture(engine.name, name)}.webp`, small)
    if (edited.moved !== undefined) {
      const over = await movedThumbnail(one, edited.moved)
      await store.write(`${movedFile(engine.name, name)}.png`, await encodeMoved(edited.moved))
      await store.write(`${movedPicture(engine.name, name)}.webp`, over)
    }
    await store.writeResult(result)
    return { result, edited }
  }

  /** The edit, or why it failed. @throws the signal's reason when it is aborted */
  async #tried(
    one: EvaluationCase,
    photo: Picture,
    opened: Promise<EvaluatedEngine>,
    signal: AbortSignal,
  ): Promise<Edited | string> {
    try {
      const edited = await (await opened).edit(one, signal)
      checkSize(edited.picture, photo)
      return edited
    } catch (error) {
      signal.throwIfAborted()
      return messageOf(error)
    }
  }

  /** Measures what is missing, and writes each metric down when it is there. */
  async #measure(
    result: ResultRecord,
    measured: Measured,
    signal: AbortSignal,
  ): Promise<ResultRecord['metrics']> {
    const { store, metrics, again } = this.#parts
    let all = result.metrics
    for (const metric of metrics) {
      const known = all[metric.name]
      const wanted = again.metrics === 'all' || again.metrics.includes(metric.name)
      if (isMeasured(known, metric) && !wanted) continue
      all = { ...all, [metric.name]: await measurement(metric, measured, signal) }
      await store.writeResult({ ...result, metrics: all })
    }
    return all
  }

  #engine(engine: EngineRecord): Promise<EvaluatedEngine> {
    const known = this.#engines.get(engine.name)
    if (known !== undefined) return known
    const opened = this.#parts.open(engine)
    // Those that wait for it see the error.
    opened.catch(() => {})
    this.#engines.set(engine.name, opened)
    return opened
  }

  async close(): Promise<void> {
    for (const opened of this.#engines.values()) {
      const engine = await opened.catch(() => null)
      await engine?.close()
    }
    for (const metric of this.#parts.metrics) await metric.close()
  }
}

async function measurement(
  metric: Metric,
  measured: Measured,
  signal: AbortSignal,
): Promise<Measurement> {
  const started = performance.now()
  try {
    const values = await metric.measure(measured, signal)
    const [odd] = Object.entries(values).filter(
      ([column, value]) => !Object.hasOwn(metric.columns, column) || !Number.isFinite(value),
    )
    if (odd !== undefined) throw new Error(`${odd[0]} is ${odd[1]}`)
    const weight = metric.weight?.(measured.one)
    const { by } = metric
    return {
      values,
      milliseconds: since(started),
      ...(by !== undefined && { by }),
      ...(weight !== undefined && { weight }),
    }
  } catch (error) {
    signal.throwIfAborted()
    return { error: messageOf(error) }
  }
}

/** The decoded photo and the small one; why not, if the photo is damaged behind its header. */
async function picturesOf(one: EvaluationCase) {
  try {
    return { photo: await decodePicture(one.photo), thumbnail: await caseThumbnail(one) }
  } catch (error) {
    return `the photo cannot be decoded: ${messageOf(error)}`
  }
}

function checkSize(picture: Picture, photo: Picture): void {
  if (picture.width === photo.width && picture.height === photo.height) return
  throw new Error(
    `the result is ${picture.width}x${picture.height}, the photo ${photo.width}x${photo.height}`,
  )
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whole milliseconds. */
function since(started: number): number {
  return Math.round(performance.now() - started)
}
