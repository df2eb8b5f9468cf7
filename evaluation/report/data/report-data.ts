/** All that a report shows, read from the folder of a run. */

import type { CaseName } from '../../run/place.ts'
import type { CaseRecord, EngineRecord, ResultRecord, RunRecord } from '../../run/records.ts'
import type { Store } from '../../run/store.ts'

/** A column of a metric, such as `dai.r10`. */
export type Column = {
  readonly metric: string
  readonly name: string
  /** Unique: of metric and column. */
  readonly key: string
  readonly better: 'higher' | 'lower'
}

/**
 * Columns that a report makes of two, of which one is always 0: each alone rewards an engine for the
 * opposite fault.
 */
const SUMS = [
  { metric: 'detail', name: 'thing-off', of: ['thing-blur', 'thing-grain'] },
  { metric: 'detail', name: 'vacated-off', of: ['vacated-blur', 'vacated-grain'] },
] as const

/** A result with its values by column. */
export type Result = ResultRecord & {
  readonly values: ReadonlyMap<string, number>
  /** What the case counts in means of a metric; 1 for those that are not here. */
  readonly weights: ReadonlyMap<string, number>
}

export type ReportData = {
  readonly run: RunRecord
  readonly cases: readonly CaseRecord[]
  readonly engines: readonly EngineRecord[]
  /** Columns that have a value somewhere. */
  readonly columns: readonly Column[]
  readonly benchmarks: readonly string[]
  /** Null where there is none yet. */
  readonly result: (engine: string, one: CaseName) => Result | null
}

/** @throws EditError if the folder holds no run */
export async function readReportData(store: Store): Promise<ReportData> {
  const run = await store.readRun()
  const cases: CaseRecord[] = []
  const results = new Map<string, Result>()
  for (const name of run.cases) {
    const one = await store.readCase(name)
    if (one === null) continue
    cases.push(one)
    for (const engine of run.engines) {
      const record = await store.readResult(engine.name, name)
      if (record !== null)
        results.set(keyOf(engine.name, name), {
          ...record,
          values: valuesOf(record),
          weights: weightsOf(record),
        })
    }
  }
  const seen = new Set([...results.values()].flatMap(({ values }) => [...values.keys()]))
  return {
    run,
    cases,
    engines: run.engines,
    columns: columnsOf(run).filter(({ key }) => seen.has(key)),
    benchmarks: [...new Set(cases.map(({ benchmark }) => benchmark))],
    result: (engine, name) => results.get(keyOf(engine, name)) ?? null,
  }
}

function columnsOf({ metrics }: RunRecord): Column[] {
  return metrics.flatMap(({ name: metric, columns }) => {
    const sums = SUMS.filter(
      (sum) => sum.metric === metric && sum.of.every((one) => one in columns),
    )
    const all = [
      ...Object.entries(columns),
      ...sums.map(({ name }): [string, Column['better']] => [name, 'lower']),
    ]
    return all.map(([name, better]) => ({ metric, name, key: `${metric}.${name}`, better }))
  })
}

function valuesOf(record: ResultRecord): ReadonlyMap<string, number> {
  const values = measuredValues(record)
  for (const { metric, name, of } of SUMS) {
    const parts = of.flatMap((one) => values.get(`${metric}.${one}`) ?? [])
    if (parts.length < of.length) continue
    values.set(
      `${metric}.${name}`,
      parts.reduce((sum, part) => sum + part, 0),
    )
  }
  return values
}

function measuredValues({ metrics }: ResultRecord): Map<string, number> {
  return new Map(
    Object.entries(metrics).flatMap(([metric, measurement]) =>
      'values' in measurement
        ? Object.entries(measurement.values).map(([column, value]): [string, number] => [
            `${metric}.${column}`,
            value,
          ])
        : [],
    ),
  )
}

function weightsOf({ metrics }: ResultRecord): ReadonlyMap<string, number> {
  return new Map(
    Object.entries(metrics).flatMap(([metric, measurement]) =>
      'values' in measurement && measurement.weight !== undefined
        ? [[metric, measurement.weight]]
        : [],
    ),
  )
}

function keyOf(engine: string, { benchmark, id }: CaseName): string {
  return JSON.stringify([engine, benchmark, id])
}
