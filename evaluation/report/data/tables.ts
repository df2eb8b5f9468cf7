/** The report's figures for other programs: JSON with everything, CSV with a row for each result. */

import type { ReportData, Result } from './report-data.ts'
import { summarise } from './statistics.ts'

export function reportJson(data: ReportData): string {
  const { run, cases, engines, columns, benchmarks } = data
  const results = cases.flatMap((one) =>
    engines.flatMap(({ name }) => {
      const result = data.result(name, one)
      return result === null ? [] : [resultJson(result)]
    }),
  )
  const summary = Object.fromEntries(
    benchmarks.map((benchmark) => [
      benchmark,
      summarise(
        data,
        cases.filter((one) => one.benchmark === benchmark),
      ).map(({ column, common, engines }) => ({
        column: column.key,
        better: column.better,
        common,
        engines,
      })),
    ]),
  )
  const { release, faults, options, totals } = run
  return `${JSON.stringify({ release, engines, columns, options, totals, faults, summary, cases, results }, null, 1)}\n`
}

function resultJson({ metrics, values, weights: _, ...result }: Result) {
  const unmeasured = Object.entries(metrics).flatMap(([name, measurement]) =>
    'error' in measurement ? [[name, measurement.error]] : [],
  )
  return {
    ...result,
    values: Object.fromEntries(values),
    unmeasured: Object.fromEntries(unmeasured),
  }
}

export function reportCsv(data: ReportData): string {
  const { cases, engines, columns } = data
  const head = ['benchmark', 'id', 'category', 'engine', 'error', 'milliseconds']
  const mask = ['maskFoundBy', 'maskSent', 'maskUsed']
  const rows = cases.flatMap((one) =>
    engines.flatMap(({ name }) => {
      const result = data.result(name, one)
      if (result === null) return []
      const { error, milliseconds } = result
      const found = foundMask(result)
      return [
        [
          one.benchmark,
          one.id,
          one.category,
          name,
          error,
          milliseconds,
          found?.foundBy ?? null,
          found?.areaBefore ?? null,
          found?.areaAfter ?? null,
          ...columns.map(({ key }) => result.values.get(key) ?? null),
        ],
      ]
    }),
  )
  const all = [[...head, ...mask, ...columns.map(({ key }) => key)], ...rows]
  return all.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** Text that a spreadsheet would take for a formula is made text. */
function cell(value: string | number | null): string {
  if (value === null) return ''
  if (typeof value === 'number') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** What is recorded of the mask of an edit by our own engines; null for others. */
export type FoundMask = {
  readonly foundBy: string | null
  /** Shares of the photo: of the mask that was sent, and of the one that the edit was made with. */
  readonly areaBefore: number | null
  readonly areaAfter: number | null
}

export function foundMask({ record }: Pick<Result, 'record'>): FoundMask | null {
  const { mask } = record
  if (typeof mask !== 'object' || mask === null) return null
  const { foundBy, areaBefore, areaAfter, share } = mask as Readonly<Record<string, unknown>>
  const number = (value: unknown) => (typeof value === 'number' ? value : null)
  return {
    foundBy: typeof foundBy === 'string' ? foundBy : null,
    areaBefore: number(areaBefore),
    areaAfter: number(areaAfter) ?? number(share),
  }
}
