/** The report on one screen: a measurement of each kind, for every engine. */

import { glanceOf } from '../data/glance.ts'
import type { Column, ReportData } from '../data/report-data.ts'
import type { ColumnSummary } from '../data/statistics.ts'
import { html } from '../html/html.ts'
import { type Section, table } from '../html/page.ts'
import { counted, duration, shown } from '../numbers.ts'

export function glanceSection(data: ReportData): Section {
  const { columns, engines } = glanceOf(data, data.cases)
  const head = [
    html`<th scope="col" class="text">engine</th>`,
    ...columns.map(
      ({ question, summary: { column, common } }) =>
        html`<th scope="col">${question}<br><small>${labelOf(column)}</small><br><small>${counted(common, 'case')}</small></th>`,
    ),
    html`<th scope="col">Time<br><small>median</small></th>`,
    html`<th scope="col">Failed<br><small>edits</small></th>`,
  ]
  const rows = engines.map(({ name, time, failed }, row) => {
    const cells = columns.map(({ summary }) => cellOf(summary, row))
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
