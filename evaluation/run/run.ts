/**
 * A whole evaluation: reads the cases, finds out what has not been made or measured yet, has it done, and
 * writes down what there is to report.
 */

import { EditError } from '../../shared/errors.ts'
import { type Benchmark, type EvaluationCase, isFault } from '../case.ts'
import { kindOf } from '../engines/registry.ts'
import { argumentOf, type EngineSpec, nameOf } from '../engines/spec.ts'
import { digestOf, digestOfCase, ordered } from './digest.ts'
import type { Again, CaseTask, Outcome } from './evaluator.ts'
import type { Workers } from './pool.ts'
import {
  added,
  type EngineRecord,
  isMeasured,
  RECORD_VERSION,
  type ResultRecord,
  type RunRecord,
} from './records.ts'
import type { Store } from './store.ts'

export type Evaluation = {
  readonly store: Store
  readonly benchmarks: readonly Benchmark[]
  readonly specs: readonly EngineSpec[]
  /** Of all cases, evenly chosen; null for all. */
  readonly limit: number | null
  /** Only cases whose name contains one of these; empty for all. */
  readonly only: readonly string[]
  readonly again: Again
  /** Version of the project. */
  readonly release: string
  /** Besides the settings, what decides results, such as weights: in words. */
  readonly options: Readonly<Record<string, string>>
}

/** Told before the work starts, and after each result. */
export type Watcher = {
  /** @param total how many results are to be made or measured; `known` are left as they are */
  start(total: number, known: number, cases: number, faults: number): void
  outcome(outcome: Outcome): void
}

type Named = { readonly benchmark: string; readonly one: EvaluationCase; readonly digest: string }

/**
 * @param open opens what does the work; it is closed at the end
 * @throws EditError `invalid_request` if there is no case, or two benchmarks have one name, and as `open`; the signal's reason when it is aborted,
 * with what is done by then kept
 */
export async function evaluate(
  evaluation: Evaluation,
  open: () => Promise<Workers>,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<RunRecord> {
  checkNames(evaluation.benchmarks)
  const read = await readCases(evaluation, signal)
  const workers = await open()
  try {
    return await work(evaluation, read, workers, watcher, signal)
  } finally {
    await workers.close()
  }
}

async function work(
  evaluation: Evaluation,
  { cases, faults }: Awaited<ReturnType<typeof readCases>>,
  workers: Workers,
  watcher: Watcher,
  signal: AbortSignal,
): Promise<RunRecord> {
  const { store, specs, release, options } = evaluation
  const engines = specs.map((spec): EngineRecord => {
    const { about } = kindOf(spec)
    return { ...spec, name: nameOf(spec), about }
  })
  const before = (await store.hasRun()) ? (await store.readRun()).totals : {}
  const record: RunRecord = {
    version: RECORD_VERSION,
    release,
    engines,
    metrics: workers.metrics,
    cases: cases.map(({ benchmark, one }) => ({ benchmark, id: one.id })),
    faults,
    options,
    totals: before,
  }
  await store.writeRun(record)
  for (const { benchmark, one, digest } of cases) {
    const { id, category, size, drags, scored, mask, prompt } = one
    const kept = { benchmark, id, category, size, drags, scored, prompt, digest }
    await store.writeCase({ ...kept, mask: mask?.kind ?? null })
  }
  const tasks: CaseTask[] = []
  for (const group of groupsOf(engines))
    for (const named of cases) {
      const task = await taskOf(named, group, evaluation, workers)
      if (task.engines.length > 0) tasks.push(task)
    }
  const total = tasks.reduce((sum, task) => sum + task.engines.length, 0)
  watcher.start(total, cases.length * engines.length - total, cases.length, faults.length)
  try {
    await workers.run(tasks, signal, (outcome) => watcher.outcome(outcome))
  } finally {
    const totals = added(before, workers.totals())
    if (Object.keys(totals).length > 0) await store.writeRun({ ...record, totals })
  }
  return record
}

/** Cases of two benchmarks of one name would overwrite each other's files. */
function checkNames(benchmarks: readonly Benchmark[]): void {
  const names = benchmarks.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw new EditError(
    'invalid_request',
    `two benchmarks are called ${twice}: give each an --out of its own, or rename a folder of edit files`,
    { pointer: '/bench' },
  )
}

async function readCases({ benchmarks, limit, only }: Evaluation, signal: AbortSignal) {
  const all: Omit<Named, 'digest'>[] = []
  const faults: { benchmark: string; id: string; fault: string }[] = []
  for (const source of benchmarks)
    for await (const one of source.read()) {
      signal.throwIfAborted()
      const benchmark = source.name
      const name = `${benchmark}/${one.id}`
      if (only.length > 0 && !only.some((part) => name.includes(part))) continue
      if (isFault(one)) faults.push({ benchmark, ...one })
      else all.push({ benchmark, one })
    }
  if (all.length === 0 && faults.length === 0)
    throw new EditError(
      'invalid_request',
      'there is no case: no folder has the layout of its benchmark, or --only leaves none',
      { pointer: '/bench' },
    )
  const chosen = evenly(all, limit ?? all.length)
  return { cases: chosen.map((named) => ({ ...named, digest: digestOfCase(named.one) })), faults }
}

/** So many of a list, evenly spread over it. */
function evenly<T>(all: readonly T[], most: number): readonly T[] {
  if (most >= all.length) return all
  return Array.from(
    { length: most },
    (_, i) => all[Math.floor(((i + 0.5) * all.length) / most)] as T,
  )
}

/**
 * Engines that work on a case one after another, while what they share is at hand. Those whose weights
 * fill the memory come last, one checkpoint after another.
 */
function groupsOf(engines: readonly EngineRecord[]): EngineRecord[][] {
  const light = engines.filter((engine) => !kindOf(engine).heavy)
  const heavy = Map.groupBy(
    engines.filter((engine) => kindOf(engine).heavy),
    ({ kind }) => kind,
  )
  return [light, ...heavy.values()]
}

/** What a case still needs of some engines. */
async function taskOf(
  { benchmark, one, digest }: Named,
  engines: readonly EngineRecord[],
  { store, again, release, options }: Evaluation,
  { metrics }: Workers,
): Promise<CaseTask> {
  const needed: CaseTask['engines'][number][] = []
  for (const engine of engines) {
    const { reread } = kindOf(engine)
    const parts = [digest, argumentOf(engine), ordered(engine.settings), release, ordered(options)]
    const made = digestOf(parts)
    const known = await store.readResult(engine.name, { benchmark, id: one.id })
    if (again.edits || reread || !isComplete(known, made, metrics, again))
      needed.push({ engine, made, reread })
  }
  return { benchmark, one, engines: needed }
}

function isComplete(
  known: ResultRecord | null,
  made: string,
  metrics: Workers['metrics'],
  again: Again,
): boolean {
  if (known?.made !== made || known.picture === null) return false
  if (again.metrics === 'all') return false
  return metrics.every(
    (metric) =>
      isMeasured(known.metrics[metric.name], metric) && !again.metrics.includes(metric.name),
  )
}
