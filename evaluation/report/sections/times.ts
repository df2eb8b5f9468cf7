/** How long edits took, by stage. */

import { paperTimes } from '../data/paper.ts'
import type { ReportData } from '../data/report-data.ts'
import { median } from '../data/statistics.ts'
import { type Html, html } from '../html/html.ts'
import { type Section, table } from '../html/page.ts'
import { duration } from '../numbers.ts'

/** Medians of an engine's edits. */
type Times = {
  readonly engine: string
  readonly count: number
  readonly whole: number
  readonly stages: ReadonlyMap<string, number>
}

export function timesSection(data: ReportData): Section {
  const all = data.engines.flatMap(({ name }) => timesOf(data, name) ?? [])
  const stages = [...new Set(all.flatMap(({ stages }) => [...stages.keys()]))]
  const head = [
    html`<th scope="col" class="text">engine</th>`,
    ...['edits', 'whole edit', ...stages].map((name) => html`<th scope="col">${name}</th>`),
  ]
  const rows = all.map(({ engine, count, whole, stages: own }) => {
    const cells = stages.map((stage) => {
      const time = own.get(stage)
      return html`<td>${time === undefined ? '–' : duration(time)}</td>`
    })
    return html`<tr><th scope="row">${engine}</th><td>${count}</td><td>${duration(whole)}</td>${cells}</tr>`
  })
  const body: Html =
    all.length === 0
      ? html`<p>No edit has been timed.</p>`
      : html`<p>Medians, on the machine of this run, which may have done other work at the same time. So only orders of magnitude mean something. A whole edit also contains what is no stage, such as
finding the thing for a backbone. Results that were made elsewhere have no times.</p>${table('Time of an edit, by stage', head, rows)}`
  const paper = paperTimes.map(
    ([name, seconds]) =>
      html`<tr class="paper"><th scope="row">${name}</th><td>${seconds} s</td></tr>`,
  )
  const theirs = table(
    'Table VIII: 1024 x 1024 on an NVIDIA A6000',
    [html`<th scope="col" class="text">method</th>`, html`<th scope="col">time</th>`],
    paper,
  )
  return {
    id: 'times',
    title: 'Times',
    body: html`${body}<details><summary>The paper’s times</summary>${theirs}</details>`,
  }
}

function timesOf(data: ReportData, engine: string): Times | null {
  const results = data.cases.flatMap((one) => {
    const result = data.result(engine, one)
    return result?.picture != null && Object.keys(result.timings).length > 0 ? [result] : []
  })
  const whole = median(results.map(({ milliseconds }) => milliseconds))
  if (whole === null) return null
  const names = [...new Set(results.flatMap(({ timings }) => Object.keys(timings)))]
  const stages = names.map((name): [string, number] => [
    name,
    median(results.flatMap(({ timings }) => timings[name] ?? [])) ?? 0,
  ])
  return { engine, count: results.length, whole, stages: new Map(stages) }
}
