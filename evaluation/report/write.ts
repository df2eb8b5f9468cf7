/** Writes the report of a run: a page, its figures as JSON and CSV, and a summary as Markdown. */

import type { Store } from '../run/store.ts'
import { type ReportData, readReportData } from './data/report-data.ts'
import { reportCsv, reportJson } from './data/tables.ts'
import { type Html, html } from './html/html.ts'
import { page, type Section } from './html/page.ts'
import { counted, shown } from './numbers.ts'
import { faultsSection, masksSection } from './sections/faults.ts'
import { figuresSection } from './sections/figures.ts'
import { glanceSection } from './sections/glance.ts'
import { casesSection, worstSection } from './sections/pictures.ts'
import { publishedSection } from './sections/published.ts'
import { sweepsSection } from './sections/sweeps.ts'
import { timesSection } from './sections/times.ts'
import { summaryMarkdown } from './summary.ts'

/** Names of the files, in the folder of the run. */
export const REPORT = 'report.html'

/** @throws EditError if the folder holds no run */
export async function writeReport(store: Store): Promise<void> {
  const data = await readReportData(store)
  const sections = [
    glanceSection(data),
    figuresSection(data),
    sweepsSection(data),
    publishedSection(data),
    timesSection(data),
    masksSection(data),
    faultsSection(data),
    worstSection(data),
    casesSection(data),
  ].filter((section): section is Section => section !== null)
  await store.write('report.json', reportJson(data))
  await store.write('report.csv', reportCsv(data))
  await store.write('summary.md', summaryMarkdown(data))
  await store.write(REPORT, page('Evaluation of drag editing', lead(data), sections))
}

/** What was run. */
function lead({ run, cases, engines, benchmarks, result }: ReportData): Html {
  const all = cases.length * engines.length
  const done = cases.flatMap((one) => engines.filter(({ name }) => result(name, one) !== null))
  const open = all - done.length
  const counts = benchmarks.map(
    (name) =>
      `${name} (${counted(cases.filter(({ benchmark }) => benchmark === name).length, 'case')})`,
  )
  const options = Object.entries(run.options).map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )
  const totals = Object.entries(run.totals).map(([metric, all]) => {
    const said = Object.entries(all).map(
      ([name, value]) => `${name} ${Number.isInteger(value) ? value : shown(value)}`,
    )
    return html`<dt>${metric}</dt><dd>${said.join(', ')}</dd>`
  })
  const given = run.metrics.flatMap(({ name, by }) =>
    by === undefined ? [] : [html`<dt>${name}</dt><dd>${by}</dd>`],
  )
  return html`<p>Each engine has edited the same photos with the same drags. Below: what was measured, what the paper says, how long it took, what failed, and all pictures.</p>
<dl><dt>Benchmarks</dt><dd>${counts.join(', ')}</dd>${options}${given}<dt>Release</dt><dd>${run.release}</dd>${totals}
<dt>Figures</dt><dd><a href="report.csv">report.csv</a>, <a href="report.json">report.json</a></dd></dl>
${open === 0 ? null : html`<p><strong>This run is not finished:</strong> ${open} of ${all} results are missing.</p>`}
<p>The engines:</p>
<dl>${engines.map(({ name, about }) => html`<dt>${name}</dt><dd>${about}</dd>`)}</dl>
`
}
