/** Means and medians of a column. */

import type { CaseRecord } from '../../run/records.ts'
import type { Column, ReportData } from './report-data.ts'

/** Null for no values. @param weights what each value counts; 1 without them */
export function mean(values: readonly number[], weights?: readonly number[]): number | null {
  let [sum, total] = [0, 0]
  values.forEach((value, i) => {
    const weight = weights?.[i] ?? 1
    sum += weight * value
    total += weight
  })
  return total === 0 ? null : sum / total
}

/** The mean of a column over the cases that an engine has a value for, as its metric weights them. */
export function columnMean(
  data: ReportData,
  { metric, key }: Column,
  engine: string,
  cases: readonly CaseRecord[],
): number | null {
  const results = cases.flatMap((one) => {
    const result = data.result(engine, one)
    const value = result?.values.get(key)
    return value === undefined ? [] : [{ value, weight: result?.weights.get(metric) ?? 1 }]
  })
  return mean(
    results.map(({ value }) => value),
    results.map(({ weight }) => weight),
  )
}

/** Of an even number, the mean of the two in the middle; null for no values. */
export function median(values: readonly number[]): number | null {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = sorted.length / 2
  if (sorted.length === 0) return null
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** A column of an engine over cases. */
export type Summary = {
  readonly engine: string
  /** Over the cases that every engine has a value for, so that engines can be compared. */
  readonly mean: number | null
  readonly median: number | null
  /** How many values the engine has, of all cases. */
  readonly count: number
}

export type ColumnSummary = {
  readonly column: Column
  /** How many cases every engine has a value for. */
  readonly common: number
  readonly engines: readonly Summary[]
  readonly best: readonly string[]
}

/**
 * Each column over some cases. Columns in which no engine has a value are left out. An engine without
 * any value does not narrow down the cases of the others.
 */
export function summarise(data: ReportData, cases: readonly CaseRecord[]): ColumnSummary[] {
  return data.columns.flatMap((column) => {
    const valueIn = (engine: string, one: CaseRecord) =>
      data.result(engine, one)?.values.get(column.key) ?? null
    const names = data.engines.map(({ name }) => name)
    const counts = names.map(
      (engine) => cases.filter((one) => valueIn(engine, one) !== null).length,
    )
    const present = names.filter((_, i) => counts[i] !== 0)
    if (present.length === 0) return []
    const common = cases.filter((one) => present.every((engine) => valueIn(engine, one) !== null))
    const engines = names.map((engine, i) => {
      const values = common.flatMap((one) => valueIn(engine, one) ?? [])
      const middle = columnMean(data, column, engine, common)
      return { engine, mean: middle, median: median(values), count: counts[i] as number }
    })
    return [{ column, common: common.length, engines, best: bestOf(column, engines) }]
  })
}

/** Engines with the best mean; none if they are all equal. */
function bestOf({ better }: Column, engines: readonly Summary[]): string[] {
  const means = engines.flatMap(({ mean }) => mean ?? [])
  if (new Set(means).size < 2) return []
  const best = better === 'higher' ? Math.max(...means) : Math.min(...means)
  return engines.filter(({ mean }) => mean === best).map(({ engine }) => engine)
}
