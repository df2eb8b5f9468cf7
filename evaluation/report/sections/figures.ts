/** The tables of a report: every column of every metric, by engine. */

import type { CaseRecord } from '../../run/records.ts'
import { aboutMetrics } from '../data/about.ts'
import type { ReportData } from '../data/report-data.ts'
import { type ColumnSummary, summarise } from '../data/statistics.ts'
import { type Html, html } from '../html/html.ts'
import { type Section, table } from '../html/page.ts'
import { counted, shown } from '../numbers.ts'

export function figuresSection(data: ReportData): Section {
  const groups = data.benchmarks.map((benchmark) => ({
    title: benchmark,
    cases: data.cases.filter((one) => one.benchmark === benchmark),
  }))
  const body = html`<p>Means over the cases that every engine has a value for, so that the engines of a table can be compared. Green is the best mean.
↓: less is better, ↑: more is better. These are this project’s own measurements unless a heading says otherwise.</p>
${groups.map(({ title, cases }) => benchmark(data, title, cases))}`
  return { id: 'figures', title: 'Measurements', body }
}

function benchmark(data: ReportData, title: string, cases: readonly CaseRecord[]): Html {
  const byMetric = Map.groupBy(summarise(data, cases), ({ column }) => column.metric)
  if (byMetric.size === 0) return html`<h3>${title}</h3><p>Nothing has been measured.</p>`
  const tables = [...byMetric].map(([metric, summaries]) => metricTable(title, metric, summaries))
  return html`<h3>${title}: ${counted(cases.length, 'case')}</h3>\n${tables}`
}

const meansOf = ({ engines }: ColumnSummary) => engines.map(({ mean }) => mean)

function metricTable(title: string, metric: string, summaries: readonly ColumnSummary[]): Html {
  const about = Object.hasOwn(aboutMetrics, metric) ? (aboutMetrics[metric] as string) : null
  const head = summaries.map(
    ({ column: { name, better } }) =>
      html`<th scope="col">${name} ${better === 'higher' ? '↑' : '↓'}</th>`,
  )
  const [first] = summaries
  const rows = (first?.engines ?? []).flatMap(({ engine }, row) => {
    const cells = summaries.map((summary) => ({ summary, one: summary.engines[row] }))
    if (cells.every(({ one }) => one?.mean == null)) return []
    return [
      html`<tr><th scope="row">${engine}</th>${cells.map(({ summary, one }) => {
        const best = summary.best.includes(engine) ? html` class="best"` : null
        const median = `median ${shown(one?.median ?? null)}`
        return html`<td${best} title="${median}">${shown(one?.mean ?? null, meansOf(summary))}</td>`
      })}</tr>`,
    ]
  })
  const counts = [...new Set(summaries.map(({ common }) => common))]
  const over =
    counts.length === 1
      ? `over ${counted(counts[0] as number, 'case')}`
      : `over ${Math.min(...counts)} to ${Math.max(...counts)} cases, by column`
  return html`${about === null ? null : html`<p><strong>${metric}.</strong> ${about}</p>`}${table(
    `${title}, ${metric}, ${over}`,
    [html`<th scope="col" class="text">engine</th>`, ...head],
    rows,
  )}`
}
