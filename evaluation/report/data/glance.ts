/** A measurement of each kind for every engine: what a reader asks first. */

import type { CaseRecord } from '../../run/records.ts'
import type { ReportData } from './report-data.ts'
import { type ColumnSummary, median, summarise } from './statistics.ts'

/** The questions, each with the columns that say something about it, best first. */
const questions: readonly (readonly [question: string, ...keys: string[]])[] = [
  ['Is it at its target?', 'md-dragdiffusion.px', 'template.px', 'sam-features.md-px'],
  ['Does it look the same there?', 'judge.cp', 'sam-features.s2t-cosine', 'template.at-target'],
  ['Has it left its old place?', 'sam-features.s2s-cosine'],
  ['Is its rim right?', 'truth.rimError', 'halo.share'],
  ['Is its old place filled well?', 'truth.vacatedPatches', 'detail.vacated-off'],
  ['Is the rest as it was?', 'background.changed-percent', 'if.whole'],
]

export type Glance = {
  readonly columns: readonly { readonly question: string; readonly summary: ColumnSummary }[]
  /** In the order of the run's engines. */
  readonly engines: readonly EngineGlance[]
}

export type EngineGlance = {
  readonly name: string
  /** Median of an edit in milliseconds; null where nothing was edited here. */
  readonly time: number | null
  /** Edits that failed. */
  readonly failed: number
}

export function glanceOf(data: ReportData, cases: readonly CaseRecord[]): Glance {
  const summaries = summarise(data, cases)
  const columns = questions.flatMap(([question, ...keys]) => {
    const found = keys.flatMap((key) => summaries.find(({ column }) => column.key === key) ?? [])
    return found[0] === undefined ? [] : [{ question, summary: found[0] }]
  })
  return { columns, engines: data.engines.map(({ name }) => engineGlance(data, cases, name)) }
}

function engineGlance(data: ReportData, cases: readonly CaseRecord[], name: string): EngineGlance {
  const results = cases.flatMap((one) => data.result(name, one) ?? [])
  const times = results.flatMap(({ picture, timings, milliseconds }) =>
    picture === null || Object.keys(timings).length === 0 ? [] : [milliseconds],
  )
  const failed = results.filter(({ error }) => error !== null).length
  return { name, time: median(times), failed }
}
