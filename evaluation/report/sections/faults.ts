/** What did not work: cases that cannot be read, edits and metrics that failed. And how things were found. */

import type { ReportData } from '../data/report-data.ts'
import { median } from '../data/statistics.ts'
import { foundMask } from '../data/tables.ts'
import { type Html, html } from '../html/html.ts'
import { type Section, table } from '../html/page.ts'

const text = (value: string) => html`<td class="text">${value}</td>`
const heads = (...names: string[]) =>
  names.map((name) => html`<th scope="col" class="text">${name}</th>`)

export function faultsSection(data: ReportData): Section {
  const { run, cases, engines } = data
  const unread = run.faults.map(
    ({ benchmark, id, fault }) =>
      html`<tr><th scope="row">${benchmark}/${id}</th>${text(fault)}</tr>`,
  )
  const failed: Html[] = []
  const unmeasured: Html[] = []
  for (const one of cases)
    for (const { name } of engines) {
      const result = data.result(name, one)
      if (result === null) continue
      const place = html`<th scope="row">${one.benchmark}/${one.id}</th>${text(name)}`
      if (result.error !== null) failed.push(html`<tr>${place}${text(result.error)}</tr>`)
      for (const [metric, measurement] of Object.entries(result.metrics))
        if ('error' in measurement)
          unmeasured.push(html`<tr>${place}${text(metric)}${text(measurement.error)}</tr>`)
    }
  const parts = [
    unread.length > 0 && table('Cases that cannot be read', heads('case', 'why'), unread),
    failed.length > 0 && table('Edits that failed', heads('case', 'engine', 'why'), failed),
    unmeasured.length > 0 &&
      table(
        'Results that could not be measured',
        heads('case', 'engine', 'metric', 'why'),
        unmeasured,
      ),
  ].filter((part) => part !== false)
  const body =
    parts.length === 0
      ? html`<p>Every case was read, every edit was made, and every metric was measured.</p>`
      : html`<p>They are left out of all means. If one engine has no result for a case, the case is missing from the means of all.</p>${parts}`
  return { id: 'faults', title: 'What failed', body }
}

/** How the things of loose masks were found; null if no engine says so. */
export function masksSection(data: ReportData): Section | null {
  const rows = data.engines.flatMap(({ name }) => {
    const found = data.cases.flatMap((one) => {
      const result = data.result(name, one)
      const mask = result === null ? null : foundMask(result)
      return mask?.foundBy == null ? [] : [mask]
    })
    if (found.length === 0) return []
    const by = (who: string) => found.filter(({ foundBy }) => foundBy === who).length
    const share = (which: 'areaBefore' | 'areaAfter') => {
      const middle = median(found.flatMap((mask) => mask[which] ?? []))
      return middle === null ? '–' : `${(100 * middle).toFixed(1)} %`
    }
    return [
      html`<tr><th scope="row">${name}</th><td>${by('sam')}</td><td>${by('colours')}</td><td>${share('areaBefore')}</td><td>${share('areaAfter')}</td></tr>`,
    ]
  })
  if (rows.length === 0) return null
  const head = [
    html`<th scope="col" class="text">engine</th>`,
    ...['by SAM', 'by colours', 'mask that was sent', 'mask of the things'].map(
      (name) => html`<th scope="col">${name}</th>`,
    ),
  ]
  return {
    id: 'masks',
    title: 'Things that were found',
    body: html`<p>A benchmark’s mask of what may change is not the thing that moves: engines find the things at the handles in it. Shares are medians, of the photo. Those of each
case are in report.csv and under its pictures.</p>${table('How things were found', head, rows)}`,
  }
}
