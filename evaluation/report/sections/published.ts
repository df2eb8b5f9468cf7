/** The paper's tables, and beside them what this run measured of the same: nothing else. */

import type { CaseRecord } from '../../run/records.ts'
import { type PaperMetric, type PaperTable, paperTables, publishedColumns } from '../data/paper.ts'
import type { ReportData } from '../data/report-data.ts'
import { type ColumnSummary, summarise } from '../data/statistics.ts'
import { type Html, html } from '../html/html.ts'
import { type Section, table } from '../html/page.ts'
import { shown } from '../numbers.ts'

const metrics = Object.keys(publishedColumns) as PaperMetric[]
const arrows: Readonly<Record<PaperMetric, string>> = {
  MD: '↓',
  IF: '↑',
  CP: '↑',
  PF: '↑',
  CP·PF: '↑',
}

export function publishedSection(data: ReportData): Section {
  const measured = metrics.filter((metric) =>
    data.columns.some(({ key }) => key === publishedColumns[metric]),
  )
  const tables = paperTables.map((one) => paperTable(data, one, measured))
  const lead =
    measured.length === 0
      ? html`<p>This run has measured <strong>none of the paper’s metrics</strong>: they need weights (Stable Diffusion 2.1 for MD, AlexNet with LPIPS for IF) or a judge (CP and PF)
that were not given. So nothing in this report can be compared with the numbers below; they are here for whoever continues with weights.</p>
<details><summary>The paper’s numbers</summary>${tables}</details>`
      : html`<p>Of the paper’s metrics, this run has measured ${measured.join(', ')}, in the same way, with the weights that were given. Rows in italics are the paper’s, as printed. The others
are this run’s; a table says so if they are over other cases than the paper’s. CP and PF also depend on the judge and on the words of its questions: the paper’s are GPT-4o’s, with
words of its own.</p>${tables}`
  return { id: 'paper', title: 'Beside the paper', body: lead }
}

function paperTable(data: ReportData, one: PaperTable, measured: readonly PaperMetric[]): Html {
  const sets = one.benchmarks.map((benchmark) => ({
    benchmark,
    cases: data.cases.filter((other) => other.benchmark === benchmark),
  }))
  const present = measured.length === 0 ? [] : sets.filter(({ cases }) => cases.length > 0)
  const rows = [
    ...one.rows.map(
      ([name, ...values]) =>
        html`<tr class="paper"><th scope="row">${name}</th>${values.map((value) => html`<td>${value}</td>`)}</tr>`,
    ),
    ...present.flatMap(({ benchmark, cases }) =>
      data.engines.flatMap(({ name }) => {
        const label = present.length > 1 ? `${name}, ${benchmark}` : name
        return ours(data, name, label, cases, measured)
      }),
    ),
  ]
  const head = metrics.map((metric) => html`<th scope="col">${metric} ${arrows[metric]}</th>`)
  const notes = present.flatMap(({ benchmark, cases }) => {
    const counts = new Set(measuredColumns(data, cases, measured).map(({ common }) => common))
    const over = [...counts].filter((count) => count !== one.cases)
    if (over.length === 0) return []
    return [
      html`<p class="note">The paper’s numbers are over ${one.cases} cases, this run’s ${benchmark} over ${over.join(' or ')}.</p>`,
    ]
  })
  return html`${table(one.title, [html`<th scope="col" class="text">method</th>`, ...head], rows)}${notes}`
}

/** The paper's metrics over the cases that every engine has a value for. */
function measuredColumns(
  data: ReportData,
  cases: readonly CaseRecord[],
  measured: readonly PaperMetric[],
): readonly ColumnSummary[] {
  const keys: readonly string[] = measured.map((metric) => publishedColumns[metric])
  return summarise(data, cases).filter(({ column }) => keys.includes(column.key))
}

function ours(
  data: ReportData,
  engine: string,
  label: string,
  cases: readonly CaseRecord[],
  measured: readonly PaperMetric[],
): readonly Html[] {
  const summaries = measuredColumns(data, cases, measured)
  const values = metrics.map((metric) => {
    const found = summaries.find(({ column }) => column.key === publishedColumns[metric])
    return found?.engines.find((one) => one.engine === engine)?.mean ?? null
  })
  if (values.every((value) => value === null)) return []
  return [
    html`<tr><th scope="row">${label}</th>${values.map((value) => html`<td>${shown(value)}</td>`)}</tr>`,
  ]
}
