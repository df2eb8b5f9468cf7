/** Charts of settings that took several values: each measurement against the setting. */

import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { argumentOf } from '../../engines/spec.ts'
import type { EngineRecord } from '../../run/records.ts'
import type { Column, ReportData } from '../data/report-data.ts'
import { columnMean } from '../data/statistics.ts'
import { Html, html } from '../html/html.ts'
import type { Section } from '../html/page.ts'

/** Engines that differ in one setting, and perhaps in others that make lines of their own. */
type Sweep = {
  readonly engine: string
  readonly key: string
  readonly columns: readonly EngineRecord[]
}

/** A point of a chart. */
type Dot = { readonly value: string | number; readonly mean: number; readonly line: string }

/** Charts of smaller relative differences are left out. */
const LEAST = 1e-6

/** Null without a sweep. */
export function sweepsSection(data: ReportData): Section | null {
  const sweeps = sweepsOf(data.engines)
  if (sweeps.length === 0) return null
  const parts = sweeps.map((sweep) => {
    const charts = data.columns.flatMap((column) => chartOf(data, sweep, column) ?? [])
    return html`<details open><summary><strong>${sweep.engine}</strong> by ${sweep.key}</summary><div class="charts">${charts}</div></details>\n`
  })
  return {
    id: 'sweeps',
    title: 'Settings',
    body: html`<p>Means over all cases that have all values. Measurements that do not change have no chart; all figures are in the tables above.</p>${parts}`,
  }
}

function sweepsOf(engines: readonly EngineRecord[]): Sweep[] {
  const families = Map.groupBy(engines, argumentOf)
  return [...families].flatMap(([engine, columns]) => {
    const keys = new Set(columns.flatMap(({ settings }) => Object.keys(settings)))
    return [...keys].flatMap((key) => {
      const values = new Set(columns.map(({ settings }) => JSON.stringify(settings[key])))
      return values.size > 1 ? [{ engine, key, columns }] : []
    })
  })
}

function chartOf(data: ReportData, { key, columns }: Sweep, column: Column): Html | null {
  const valueIn = (engine: EngineRecord, one: ReportData['cases'][number]) =>
    data.result(engine.name, one)?.values.get(column.key)
  const cases = data.cases.filter((one) =>
    columns.every((engine) => valueIn(engine, one) !== undefined),
  )
  const dots = columns.flatMap((engine): Dot[] => {
    const middle = columnMean(data, column, engine.name, cases)
    const { [key]: setting, ...others } = engine.settings
    if (middle === null || setting === undefined) return []
    const line = Object.entries(others)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')
    return [{ value: typeof setting === 'number' ? setting : String(setting), mean: middle, line }]
  })
  const means = dots.map(({ mean }) => mean)
  // A chart of rounding errors would look like one of differences.
  if (!(Math.max(...means) - Math.min(...means) > LEAST * Math.max(...means.map(Math.abs))))
    return null
  const title = `${column.key} ${column.better === 'higher' ? '↑' : '↓'}`
  return html`<figure>${drawing(dots, key, `${title} by ${key}`)}<figcaption>${title}</figcaption></figure>`
}

/** Dots, joined where the setting is a number. */
function drawing(dots: readonly Dot[], key: string, label: string): Html {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const numeric = dots.every(({ value }) => typeof value === 'number')
  const lines = new Set(dots.map(({ line }) => line)).size > 1
  const stroke = lines ? { stroke: 'line' } : { stroke: '#0b4f9e' }
  const fill = lines ? { fill: 'line', symbol: 'line' } : { fill: '#0b4f9e' }
  const drawn = Plot.plot({
    document: document as never,
    ariaLabel: label,
    width: 340,
    height: 200,
    marginLeft: 60,
    marginBottom: 40,
    style: { background: 'white', color: '#1c1c1c', fontSize: '12px' },
    x: { label: key, ...(numeric ? {} : { type: 'point' }) },
    y: { label: null, grid: true, nice: true },
    // By shape as well as by colour, which not everybody tells apart.
    symbol: { legend: lines },
    marks: [
      ...(numeric ? [Plot.line(dots, { x: 'value', y: 'mean', ...stroke })] : []),
      Plot.dot(dots, { x: 'value', y: 'mean', ...fill, r: 4 }),
    ],
  })
  // One picture with one name: the names of its groups, such as "line", say nothing.
  document.body.append(drawn as never)
  document.querySelector('svg[aria-label]')?.setAttribute('role', 'img')
  for (const group of document.querySelectorAll('g[aria-label]'))
    group.removeAttribute('aria-label')
  return new Html(document.body.innerHTML)
}
