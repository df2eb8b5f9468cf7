/** What changed from one report to another: of each measurement, and of each case. */

import type { CaseRecord } from '../../run/records.ts'
import type { Column, ReportData, Result } from '../data/report-data.ts'
import { mean } from '../data/statistics.ts'

/** The same case in both reports. */
export type Pair = { readonly one: CaseRecord; readonly before: Result; readonly after: Result }

/** A measurement over the cases that have it in both. */
export type ColumnChange = {
  readonly column: Column
  readonly count: number
  readonly before: number
  readonly after: number
  readonly better: number
  readonly worse: number
}

/** A measurement of one case. */
export type CaseChange = {
  readonly column: Column
  readonly before: number
  readonly after: number
  /** In standard deviations of the measurement over the cases before. */
  readonly size: number
}

/** Engines by their names in the two reports. */
export type EnginePair = { readonly before: string; readonly after: string }

/** Engines of one name; where there are none, the only engine of each. */
export function enginePairs(before: ReportData, after: ReportData): EnginePair[] {
  const names = after.engines.map(({ name }) => name)
  const same = before.engines.flatMap(({ name }) =>
    names.includes(name) ? [{ before: name, after: name }] : [],
  )
  const [one, other] = [before.engines[0], after.engines[0]]
  const single = before.engines.length === 1 && after.engines.length === 1
  if (same.length === 0 && single && one !== undefined && other !== undefined)
    return [{ before: one.name, after: other.name }]
  return same
}

/** Cases that are equal in both reports, and that both engines have edited. */
export function pairsOf(before: ReportData, after: ReportData, engines: EnginePair): Pair[] {
  const others = new Map(after.cases.map((one) => [nameOf(one), one]))
  return before.cases.flatMap((one) => {
    const other = others.get(nameOf(one))
    if (other === undefined || other.digest !== one.digest) return []
    const results = {
      before: before.result(engines.before, one),
      after: after.result(engines.after, other),
    }
    if (results.before?.picture == null || results.after?.picture == null) return []
    return [{ one, before: results.before, after: results.after }]
  })
}

function nameOf({ benchmark, id }: CaseRecord): string {
  return JSON.stringify([benchmark, id])
}

/** Of every column that both reports have. */
export function columnChanges(columns: readonly Column[], pairs: readonly Pair[]): ColumnChange[] {
  return columns.flatMap((column) => {
    const both = pairs.flatMap(({ before, after }) => {
      const [was, is] = [before.values.get(column.key), after.values.get(column.key)]
      return was === undefined || is === undefined ? [] : [{ was, is }]
    })
    const [before, after] = [mean(both.map(({ was }) => was)), mean(both.map(({ is }) => is))]
    if (before === null || after === null) return []
    const better = both.filter(({ was, is }) => isBetter(column, was, is)).length
    const worse = both.filter(({ was, is }) => isBetter(column, is, was)).length
    return [{ column, count: both.length, before, after, better, worse }]
  })
}

export function isBetter({ better }: Column, was: number, is: number): boolean {
  return better === 'higher' ? is > was : is < was
}

/** Cases by their largest change, which comes first in each; cases without a change are left out. */
export function caseChanges(
  columns: readonly Column[],
  pairs: readonly Pair[],
): { readonly pair: Pair; readonly changes: readonly CaseChange[] }[] {
  const spread = new Map(
    columns.map(({ key }) => [
      key,
      deviation(pairs.flatMap(({ before }) => before.values.get(key) ?? [])),
    ]),
  )
  return pairs
    .map((pair) => ({ pair, changes: changesOf(columns, pair, spread) }))
    .filter(({ changes }) => changes.length > 0)
    .sort((one, other) => (other.changes[0]?.size ?? 0) - (one.changes[0]?.size ?? 0))
}

function changesOf(
  columns: readonly Column[],
  { before: was, after: is }: Pair,
  spread: ReadonlyMap<string, number>,
): CaseChange[] {
  const changes = columns.flatMap((column) => {
    const [before, after] = [was.values.get(column.key), is.values.get(column.key)]
    if (before === undefined || after === undefined || before === after) return []
    // A measurement that was the same everywhere has no spread: its change itself counts.
    const unit = spread.get(column.key) || 1
    return [{ column, before, after, size: Math.abs(after - before) / unit }]
  })
  return changes.sort((one, other) => other.size - one.size)
}

/** Of a population; 0 for fewer than two values. */
export function deviation(values: readonly number[]): number {
  const middle = mean(values)
  if (middle === null || values.length < 2) return 0
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length)
}
