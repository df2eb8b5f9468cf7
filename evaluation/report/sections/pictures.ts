/** Pictures of cases and results, with the worst results of each engine first. */

import { casePicture, movedPicture, resultFile, resultPicture } from '../../run/place.ts'
import type { CaseRecord } from '../../run/records.ts'
import type { Column, ReportData } from '../data/report-data.ts'
import { foundMask } from '../data/tables.ts'
import { type Html, html, link } from '../html/html.ts'
import { figure, type Section } from '../html/page.ts'
import { counted, duration, shown } from '../numbers.ts'

const movedLink = (path: string | null) =>
  path === null ? html`thing found` : html`<a href="${link(path)}.webp">thing found</a>`

/** Of each engine and column. */
const WORST = 6

/** Where a case's row is. */
function anchorOf({ benchmark, id }: CaseRecord): string {
  return `case-${encodeURIComponent(`${benchmark}/${id}`)}`
}

export function worstSection(data: ReportData): Section {
  const body = html`<p>Open a measurement to see the ${WORST} results of each engine for which it is worst. A measurement may be wrong; these pictures show where. Each leads to
its case below.</p>
${data.columns.map((column) => html`<details><summary>${column.key} ${column.better === 'higher' ? '↑' : '↓'}</summary>${worstOf(data, column)}</details>\n`)}`
  return { id: 'worst', title: 'Worst results', body }
}

function worstOf(data: ReportData, column: Column): readonly Html[] {
  return data.engines.flatMap(({ name }) => {
    const scored = data.cases.flatMap((one) => {
      const value = data.result(name, one)?.values.get(column.key)
      return value === undefined ? [] : [{ one, value }]
    })
    if (scored.length === 0) return []
    const sign = column.better === 'higher' ? 1 : -1
    scored.sort((a, b) => sign * (a.value - b.value))
    const values = scored.map(({ value }) => value)
    const figures = scored.slice(0, WORST).map(({ one, value }) => {
      const caption = html`<strong>${shown(value, values)}</strong> ${one.benchmark}/${one.id}`
      const alt = `Result of ${name} for ${one.id}`
      const src = `${link(resultPicture(name, one))}.webp`
      return html`<li>${figure(src, alt, caption, `#${anchorOf(one)}`)}</li>`
    })
    return [html`<h3>${name}</h3><ul class="pictures">${figures}</ul>`]
  })
}

export function casesSection(data: ReportData): Section {
  const groups = data.benchmarks.map((benchmark) => {
    const cases = data.cases.filter((one) => one.benchmark === benchmark)
    return html`<details open><summary><strong>${benchmark}</strong>, ${counted(cases.length, 'case')}</summary>${cases.map((one) => caseRow(data, one))}</details>`
  })
  const body = html`<p>First the photo with its drags, from red to blue, and its mask: <span style="background:#ffe2a6">orange</span> is what moves, <span style="background:#cfe4ff">blue</span> what may change. Then what each
engine made of it. A result opens in its full size.</p>${groups}`
  return { id: 'cases', title: 'All cases', body }
}

function caseRow(data: ReportData, one: CaseRecord): Html {
  if (data.engines.every(({ name }) => data.result(name, one) === null))
    return html`<h3 id="${anchorOf(one)}">${one.id}</h3><p class="note">Not edited yet.</p>`
  const drags = counted(one.drags.length, 'drag')
  const said = [`${one.size.width} × ${one.size.height}`, drags, one.category ?? '']
  const caption = html`${said.filter((text) => text !== '').join(', ')}`
  const photo = figure(
    `${link(casePicture(one))}.webp`,
    `The photo of ${one.id} with its drags`,
    caption,
    null,
  )
  const results = data.engines.map(({ name }) => html`<li>${resultFigure(data, name, one)}</li>`)
  return html`<h3 id="${anchorOf(one)}">${one.id}</h3><ul class="pictures"><li>${photo}</li>${movedFigure(data, one)}${results}</ul>\n`
}

/** What the first engine that had to find the thing has found. */
function movedFigure(data: ReportData, one: CaseRecord): Html | null {
  const finder = data.engines.find(({ name }) => data.result(name, one)?.found === true)
  if (finder === undefined) return null
  const src = `${link(movedPicture(finder.name, one))}.webp`
  const alt = `What ${finder.name} found to move in ${one.id}`
  return html`<li>${figure(src, alt, html`what <strong>${finder.name}</strong> found to move`, null)}</li>`
}

function resultFigure(data: ReportData, engine: string, one: CaseRecord): Html {
  const result = data.result(engine, one)
  if (result?.picture == null) {
    const why = result === null ? 'not edited yet' : `failed: ${result.error}`
    return html`<figure><div class="failed">${why}</div><figcaption><strong>${engine}</strong></figcaption></figure>`
  }
  const found = foundMask(result)
  const mask =
    found?.foundBy == null || found.areaAfter === null
      ? null
      : html`; ${movedLink(result.found ? movedPicture(engine, one) : null)} by ${found.foundBy === 'sam' ? 'SAM' : found.foundBy}, ${(100 * found.areaAfter).toFixed(1)}\u00a0% of the photo`
  const caption = html`<strong>${engine}</strong><br>${duration(result.milliseconds)}${mask}`
  return figure(
    `${link(resultPicture(engine, one))}.webp`,
    `Result of ${engine} for ${one.id}`,
    caption,
    `${link(resultFile(engine, one))}.png`,
  )
}
