/** A page that holds two reports against each other. Its pictures are in it. */

import { EditError } from '../../../shared/errors.ts'
import { casePicture, resultPicture } from '../../run/place.ts'
import type { Store } from '../../run/store.ts'
import { type Column, readReportData } from '../data/report-data.ts'
import { type Html, html } from '../html/html.ts'
import { figure, page, type Section, table } from '../html/page.ts'
import { counted, shown } from '../numbers.ts'
import {
  type CaseChange,
  caseChanges,
  columnChanges,
  type EnginePair,
  enginePairs,
  isBetter,
  type Pair,
  pairsOf,
} from './changes.ts'

/** Of each engine. */
const MOST_CASES = 24
const MOST_CHANGES = 4

/** @throws EditError if one of the folders holds no run, or no engine is in both */
export async function comparisonPage(before: Store, after: Store): Promise<string> {
  const [one, other] = [await readReportData(before), await readReportData(after)]
  const engines = enginePairs(one, other)
  if (engines.length === 0)
    throw new EditError('invalid_request', 'the two reports have no engine of one name')
  const keys = new Set(other.columns.map(({ key }) => key))
  const columns = one.columns.filter(({ key }) => keys.has(key))
  const sections: Section[] = []
  for (const [i, pair] of engines.entries()) {
    const pairs = pairsOf(one, other, pair)
    const title = pair.before === pair.after ? pair.before : `${pair.before} and ${pair.after}`
    const body = await engineBody({ before, after }, pair, columns, pairs)
    sections.push({ id: `engine-${i + 1}`, title, body })
  }
  const lead = html`<p>A is the earlier report, B the later one. Only cases that are the same in both, and have a result in both, are compared.</p>
<dl><dt>A</dt><dd>${before.folder}, release ${one.run.release}</dd><dt>B</dt><dd>${after.folder}, release ${other.run.release}</dd></dl>
`
  return page('Two evaluations compared', lead, sections)
}

type Stores = { readonly before: Store; readonly after: Store }

async function engineBody(
  stores: Stores,
  engines: EnginePair,
  columns: readonly Column[],
  pairs: readonly Pair[],
): Promise<Html> {
  const equal = pairs.filter(({ before, after }) => before.picture === after.picture).length
  const head = [
    html`<th scope="col" class="text">measurement</th>`,
    ...['cases', 'A', 'B', 'B - A', 'better in B', 'worse in B'].map(
      (name) => html`<th scope="col">${name}</th>`,
    ),
  ]
  const rows = columnChanges(columns, pairs).map(
    ({ column, count, before, after, better, worse }) =>
      html`<tr><th scope="row">${nameOf(column)}</th><td>${count}</td><td>${shown(before, [before, after])}</td><td>${shown(after, [before, after])}</td><td>${signed(after - before, [before, after])}</td><td>${better}</td><td>${worse}</td></tr>`,
  )
  const changed = caseChanges(columns, pairs).slice(0, MOST_CASES)
  const cases: Html[] = []
  for (const { pair, changes } of changed)
    cases.push(await caseBody(stores, engines, pair, changes.slice(0, MOST_CHANGES)))
  return html`<p>${counted(pairs.length, 'case')}; in ${equal} of them, the results are the same picture.</p>
${table('Means, and in how many cases B is better or worse', head, rows)}
<h3>Cases that changed most</h3>
${cases.length === 0 ? html`<p>None changed.</p>` : html`<p class="note">By their largest change, in standard deviations of the measurement in A.</p>`}${cases}`
}

async function caseBody(
  { before, after }: Stores,
  engines: EnginePair,
  { one }: Pair,
  changes: readonly CaseChange[],
): Promise<Html> {
  const name = `${one.benchmark}/${one.id}`
  const pictures = [
    figure(await inlined(before, casePicture(one)), `The photo of ${name}`, html`photo`, null),
    figure(
      await inlined(before, resultPicture(engines.before, one)),
      `Result of A for ${name}`,
      html`<strong>A</strong>`,
      null,
    ),
    figure(
      await inlined(after, resultPicture(engines.after, one)),
      `Result of B for ${name}`,
      html`<strong>B</strong>`,
      null,
    ),
  ]
  const said = changes.map(
    ({ column, before, after }) =>
      html`<li>${nameOf(column)}: ${shown(before, [before, after])} → ${shown(after, [before, after])}, ${isBetter(column, before, after) ? 'better' : 'worse'}</li>`,
  )
  return html`<h4>${name}</h4><ul>${said}</ul><ul class="pictures">${pictures.map((one) => html`<li>${one}</li>`)}</ul>\n`
}

function nameOf({ key, better }: Column): string {
  return `${key} ${better === 'higher' ? '↑' : '↓'}`
}

function signed(value: number, column: readonly number[]): string {
  return value > 0 ? `+${shown(value, column)}` : shown(value, column)
}

/** A small picture as a data URL; empty if it is gone. */
async function inlined(store: Store, path: string): Promise<string> {
  const bytes = await store.read(`${path}.webp`)
  return bytes === null ? '' : `data:image/webp;base64,${bytes.toString('base64')}`
}
