/** The report on one screen: a measurement of each kind, for every engine. */

import type { Column, ReportData } from '../data/report-data.ts'
import { type ColumnSummary, median, summarise } from '../data/statistics.ts'
import { html } from '../html/html.ts'
import { duration, type Section, shown, table } from '../html/page.ts'

/** What a reader asks first, and the columns that say something about it, best first. */
const questions: readonly (readonly [question: string, ...keys: string[]])[] = [
  ['Is it at its target?', 'md-dragdiffusion.px', 'template.px', 'sam-features.md-px'],
  ['Does it look the same there?', 'judge.cp', 'sam-features.s2t-cosine', 'template.at-target'],
  ['Has it left its old place?', 'sam-features.s2s-cosine'],
  ['Is its rim right?', 'truth.rimError', 'halo.share'],
  ['Is its old place filled well?', 'truth.vacatedPatches', 'detail.vacated-blur'],
  ['Is the rest as it was?', 'background.changed-percent', 'if.whole'],
]

export function glanceSection(data: ReportData): Section {
  const summaries = summarise(data, data.cases)
  const columns = questions.flatMap(([question, ...keys]) => {
    const found = keys.flatMap((key) => summaries.find(({ column }) => column.key === key) ?? [])
    return found[0] === undefined ? [] : [{ question, summary: found[0] }]
  })
  const head = [
    html`<th scope="col" class="text">engine</th>`,
    ...columns.map(
      ({ question, summary: { column } }) =>
        html`<th scope="col">${question}<br><small>${labelOf(column)}</small></th>`,
    ),
    html`<th scope="col">Time<br><small>median</small></th>`,
    html`<th scope="col">Failed<br><small>edits</small></th>`,
  ]
  const rows = data.engines.map(({ name }, row) => {
    const cells = columns.map(({ summary }) => cellOf(summary, row))
    const results = data.cases.flatMap((one) => data.result(name, one) ?? [])
    const times = results.flatMap(({ picture, timings, milliseconds }) =>
      picture === null || Object.keys(timings).length === 0 ? [] : [milliseconds],
    )
    const time = median(times)
    const failed = results.filter(({ error }) => error !== null).length
    return html`<tr><th scope="row">${name}</th>${cells}<td>${time === null ? '–' : duration(time)}</td><td>${failed}</td></tr>`
  })
  return {
    id: 'glance',
    title: 'At a glance',
    body: html`<p>One measurement for each question, over all benchmarks. The large number is the mean; the small one is the median, which a few bad results hardly change. The means of each benchmark are below. No column decides alone: a photo that nobody edited is perfect in the last ones, and a thing cut
out and pasted is exactly at its target. So look at the pictures, too.</p>${table('Means and medians over the cases that every engine has', head, rows)}`,
  }
}

function cellOf({ engines, best }: ColumnSummary, row: number) {
  const one = engines[row]
  const means = engines.map(({ mean }) => mean)
  const marked = one !== undefined && best.includes(one.engine) ? html` class="best"` : null
  const middle = html`<br><small>${shown(one?.median ?? null, means)}</small>`
  return html`<td${marked}>${shown(one?.mean ?? null, means)}${middle}</td>`
}

function labelOf({ key, better }: Column): string {
  return `${key} ${better === 'higher' ? '↑' : '↓'}`
}
