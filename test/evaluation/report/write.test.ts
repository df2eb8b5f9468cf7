import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { comparisonPage } from '../../../evaluation/report/comparison/write.ts'
import { writeReport } from '../../../evaluation/report/write.ts'
import type { Measurement, ResultRecord, RunRecord } from '../../../evaluation/run/records.ts'
import { Store } from '../../../evaluation/run/store.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-report-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Text that would do harm as HTML. */
const HOSTILE = '<img src=x onerror=alert(1)>'
const ids = ['one', '=two', HOSTILE]
const names = ['embedded lambda=0.1', 'embedded lambda=0.5', 'instant']
const engineOf = (name: string) => ({
  kind: name.split(' ')[0] as string,
  address: null,
  settings: name.startsWith('embedded') ? { lambda: Number(name.split('=')[1]) } : {},
  name,
  about: `about ${name}`,
})

const run: RunRecord = {
  version: 1,
  release: '0.1',
  engines: names.map(engineOf),
  metrics: [
    { name: 'm', columns: { error: 'lower', level: 'higher' } },
    { name: 'if', columns: { whole: 'higher' } },
    { name: 'sam-features', columns: { 'md-px': 'lower' } },
    { name: 'background', columns: { 'changed-percent': 'lower' } },
  ],
  cases: ids.map((id) => ({ benchmark: 'dragbench-sr', id })),
  faults: [{ benchmark: 'dragbench-sr', id: 'gone', fault: 'meta_data.pkl is missing' }],
  options: { sam: 'none' },
  totals: { judge: { asked: 12, cost: 0.25 } },
}

/** `values` are of the three cases; null is a failed edit. */
async function write(
  values: Readonly<Record<string, readonly (number | null)[]>>,
  more: Readonly<Record<string, Measurement>> = {},
): Promise<Store> {
  const store = new Store(folder)
  await store.writeRun(run)
  const size = { width: 100, height: 50 }
  for (const [i, id] of ids.entries()) {
    const drags = [{ handle: { x: 1, y: 2 }, target: { x: 3, y: 4 } }]
    const about = { category: null, size, drags, scored: drags, mask: 'editable' as const }
    await store.writeCase({ benchmark: 'dragbench-sr', id, ...about, prompt: '', digest: 'd' })
    for (const name of names) {
      const value = values[name]?.[i] ?? null
      const failed = value === null
      const result: ResultRecord = {
        benchmark: 'dragbench-sr',
        id,
        engine: name,
        made: 'x',
        picture: failed ? null : `${name} ${value}`,
        error: failed ? `no luck ${HOSTILE}` : null,
        found: !failed,
        timings: failed ? {} : { fill: 10, write: 30 },
        milliseconds: 40 + i,
        record: { mask: { foundBy: 'sam', areaBefore: 0.3, areaAfter: 0.1 } },
        metrics: failed
          ? {}
          : { m: { values: { error: value, level: 2 * value }, milliseconds: 1 }, ...more },
      }
      await store.writeResult(result)
    }
  }
  return store
}

const VALUES = {
  'embedded lambda=0.1': [4, 6, 8],
  'embedded lambda=0.5': [1, 3, 5],
  instant: [2, null, 7],
}

async function report(more?: Readonly<Record<string, Measurement>>) {
  await writeReport(await write(VALUES, more))
  const text = await readFile(join(folder, 'report.html'), 'utf8')
  return { text, document: parseHTML(text).document }
}

/** Cells of the table whose caption begins so, by row. */
function cellsOf(document: ReturnType<typeof parseHTML>['document'], caption: string): string[][] {
  const table = [...document.querySelectorAll('table')].find((one) =>
    one.querySelector('caption')?.textContent?.startsWith(caption),
  )
  const rows = [...(table?.querySelectorAll('tr') ?? [])]
  return rows.map((row) => [...row.children].map((cell) => cell.textContent ?? ''))
}

describe('the page', () => {
  test('compares engines over the cases that all have, and marks the best', async () => {
    const { document } = await report()
    expect(cellsOf(document, 'dragbench-sr, m, over 2 cases')).toEqual([
      ['engine', 'error ↓', 'level ↑'],
      ['embedded lambda=0.1', '6.000', '12.00'],
      ['embedded lambda=0.5', '3.000', '6.00'],
      ['instant', '4.500', '9.00'],
    ])
    const best = [...document.querySelectorAll('td.best')].map((cell) => cell.textContent)
    expect(best).toEqual(['12.00', '3.000'])
  })

  test('begins with one measurement for each question, and what the engines are', async () => {
    const { document } = await report({
      'sam-features': { values: { 'md-px': 3 }, milliseconds: 1 },
      background: { values: { 'changed-percent': 7 }, milliseconds: 1 },
    })
    expect(cellsOf(document, 'Means and medians over the cases that every engine has')).toEqual([
      [
        'engine',
        'Is it at its target?sam-features.md-px ↓2 cases',
        'Is the rest as it was?background.changed-percent ↓2 cases',
        'Timemedian',
        'Failededits',
      ],
      ['embedded lambda=0.1', '3.0003.000', '7.0007.000', '41 ms', '0'],
      ['embedded lambda=0.5', '3.0003.000', '7.0007.000', '41 ms', '0'],
      ['instant', '3.0003.000', '7.0007.000', '41 ms', '1'],
    ])
    expect(document.querySelector('header')?.textContent).toContain('about instant')
    expect(document.querySelector('header')?.textContent).toContain('asked 12, cost 0.2500')
    expect(document.querySelector('header')?.textContent).not.toContain('not finished')
  })

  test('says of a run that is not finished what is missing', async () => {
    const store = await write(VALUES)
    await rm(join(folder, 'results/instant/dragbench-sr/one.json'))
    await writeReport(store)
    const { document } = parseHTML(await readFile(join(folder, 'report.html'), 'utf8'))
    const text = document.querySelector('header')?.textContent
    expect(text).toContain('This run is not finished: 1 of 9 results are missing.')
    expect(document.querySelector('#cases .failed')?.textContent).toBe('not edited yet')
  })

  test('shows the worst first, by the direction of the column', async () => {
    const { document } = await report()
    const worst = (column: string) => {
      const details = [...document.querySelectorAll('#worst details')].find((one) =>
        one.querySelector('summary')?.textContent?.startsWith(column),
      )
      return [...(details?.querySelectorAll('ul') ?? [])].map((list) =>
        [...list.querySelectorAll('strong')].map((one) => one.textContent),
      )
    }
    expect(worst('m.error')).toEqual([
      ['8.000', '6.000', '4.000'],
      ['5.000', '3.000', '1.000'],
      ['7.000', '2.000'],
    ])
    expect(worst('m.level')[2]).toEqual(['4.00', '14.00'])
  })

  test('draws a chart of what a sweep changes', async () => {
    const { document } = await report()
    const charts = [...document.querySelectorAll('#sweeps svg')]
    expect(charts.map((chart) => chart.getAttribute('aria-label'))).toEqual([
      'm.error ↓ by lambda',
      'm.level ↑ by lambda',
    ])
    expect(charts.map((chart) => chart.getAttribute('role'))).toEqual(['img', 'img'])
    expect(charts[0]?.querySelectorAll('g[aria-label]').length).toBe(0)
    expect(charts[0]?.querySelectorAll('circle').length).toBe(2)
  })

  test('says what failed, how long it took and how things were found', async () => {
    const { document } = await report()
    expect(cellsOf(document, 'Cases that cannot be read')[1]).toEqual([
      'dragbench-sr/gone',
      'meta_data.pkl is missing',
    ])
    expect(cellsOf(document, 'Edits that failed')[1]).toEqual([
      'dragbench-sr/=two',
      'instant',
      `no luck ${HOSTILE}`,
    ])
    expect(cellsOf(document, 'Time of an edit')[1]).toEqual([
      'embedded lambda=0.1',
      '3',
      '41 ms',
      '10 ms',
      '30 ms',
    ])
    expect(cellsOf(document, 'How things were found')[3]).toEqual([
      'instant',
      '3',
      '0',
      '30.0 %',
      '10.0 %',
    ])
  })

  test('sets the paper’s numbers beside a column only if it is the same measurement', async () => {
    const without = await report()
    expect(without.document.querySelector('#paper')?.textContent).toContain(
      'none of the paper’s metrics',
    )
    expect(cellsOf(without.document, 'Table VII').map(([name]) => name)).not.toContain('instant')
    const { document } = await report({ if: { values: { whole: 0.9 }, milliseconds: 1 } })
    const rows = cellsOf(document, 'Table I, DragBench-SR')
    expect(rows.at(-4)).toEqual(['ContextDrag', '19.07', '0.88', '0.9225', '0.82', '0.7565'])
    expect(rows.at(-1)).toEqual(['instant', '–', '0.9000', '–', '–', '–'])
    // One edit of instant failed: its case is in nobody's mean.
    expect(document.querySelector('#paper')?.textContent).toContain(
      'over 100 cases, this run’s dragbench-sr over 2',
    )
  })

  test('runs no script, takes nothing from a network, and escapes what files say', async () => {
    const { text, document } = await report()
    expect(text).not.toContain(HOSTILE)
    expect(document.querySelectorAll('script, iframe, object, [onerror]').length).toBe(0)
    const links = [...document.querySelectorAll('[src], [href]')].map(
      (one) => one.getAttribute('src') ?? one.getAttribute('href') ?? '',
    )
    expect(links.length).toBeGreaterThan(20)
    expect(links.filter((link) => /^[a-z]+:|^\/\//i.test(link))).toEqual([])
    const targets = links.filter((link) => link.startsWith('#')).map((link) => link.slice(1))
    const all = new Set([...document.querySelectorAll('[id]')].map(({ id }) => id))
    expect(targets.filter((id) => !all.has(decodeURIComponent(id)) && !all.has(id))).toEqual([])
  })

  test('can be read without seeing it: pictures have texts, tables have heads, headings have an order', async () => {
    const { document } = await report()
    const images = [...document.querySelectorAll('img')]
    expect(images.filter((one) => !one.getAttribute('alt'))).toEqual([])
    const tables = [...document.querySelectorAll('table')]
    expect(tables.filter((one) => one.querySelector('caption') === null)).toEqual([])
    expect(
      [...document.querySelectorAll('th')].filter((one) => !one.getAttribute('scope')),
    ).toEqual([])
    const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map(({ tagName }) =>
      Number(tagName[1]),
    )
    expect(levels.filter((level, i) => i > 0 && level > (levels[i - 1] as number) + 1)).toEqual([])
    expect(document.documentElement.getAttribute('lang')).toBe('en')
  })
})

test('JSON has everything, CSV a row for each result, and no cell is a formula', async () => {
  await report()
  const json = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8'))
  expect(json.summary['dragbench-sr'][0]).toMatchObject({ column: 'm.error', common: 2 })
  expect(json.results.length).toBe(9)
  expect(json.results[0].values).toEqual({ 'm.error': 4, 'm.level': 8 })
  const lines = (await readFile(join(folder, 'report.csv'), 'utf8')).trimEnd().split('\r\n')
  expect(lines[0]).toBe(
    'benchmark,id,category,engine,error,milliseconds,maskFoundBy,maskSent,maskUsed,m.error,m.level',
  )
  expect(lines[1]).toBe('dragbench-sr,one,,embedded lambda=0.1,,40,sam,0.3,0.1,4,8')
  expect(lines.length).toBe(10)
  expect(lines[4]).toContain(",'=two,")
})

test('two reports: what got better, and the cases that changed most', async () => {
  const before = await write(VALUES)
  const first = folder
  folder = await mkdtemp(join(tmpdir(), 'contextdrag-report-'))
  const after = await write({ ...VALUES, instant: [2, null, 9] })
  const { document } = parseHTML(await comparisonPage(before, after))
  await rm(first, { recursive: true })
  const sections = [...document.querySelectorAll('section')]
  const last = sections.at(-1)
  expect(last?.querySelector('h2')?.textContent).toBe('instant')
  expect(last?.textContent).toContain('2 cases; in 1 of them, the results are the same picture.')
  const rows = [...(last?.querySelectorAll('tr') ?? [])].map((row) =>
    [...row.children].map((cell) => cell.textContent),
  )
  expect(rows[1]).toEqual(['m.error ↓', '2', '4.500', '5.500', '+1.000', '0', '1'])
  expect(last?.querySelectorAll('h4').length).toBe(1)
  expect(last?.querySelector('ul')?.textContent).toContain('7.000 → 9.000, worse')
  expect(sections[0]?.textContent).toContain('None changed.')
})

test('a folder without a run has no report', async () => {
  await expect(writeReport(new Store(folder))).rejects.toThrow(/holds no evaluation/)
})

test('the summary is the first table as Markdown: means, medians, and the best mean in bold', async () => {
  const store = await write(VALUES)
  const distances = { 'embedded lambda=0.1': [2, 4, 99], 'embedded lambda=0.5': [6, 30, 99] }
  for (const [engine, values] of Object.entries(distances))
    for (const [i, id] of ids.entries()) {
      const result = await store.readResult(engine, { benchmark: 'dragbench-sr', id })
      const measured = { values: { 'md-px': values[i] as number }, milliseconds: 1 }
      if (result !== null)
        await store.writeResult({ ...result, metrics: { 'sam-features': measured } })
    }
  await writeReport(store)
  expect(await readFile(join(folder, 'summary.md'), 'utf8')).toBe(
    `dragbench-sr: 3 cases

|  | Is it at its target? \`sam-features.md-px\` ↓, 3 cases | Time | Failed |
| --- | --: | --: | --: |
| \`embedded lambda=0.1\` | **35.00** (4.00) | 41 ms | 0 |
| \`embedded lambda=0.5\` | 45.00 (30.00) | 41 ms | 0 |
| \`instant\` | – (–) | 41 ms | 1 |
`,
  )
})

test('blur and grain are shown as one column, too: how far the detail is off', async () => {
  const store = await write(VALUES)
  const columns = { 'vacated-blur': 'lower', 'vacated-grain': 'lower' } as const
  const metrics = [...run.metrics, { name: 'detail', columns }]
  await store.writeRun({ ...run, metrics })
  const values = { 'embedded lambda=0.1': [0.25, 0], 'embedded lambda=0.5': [0, 0.5] }
  for (const [engine, [blur = 0, grain = 0]] of Object.entries(values)) {
    const result = await store.readResult(engine, { benchmark: 'dragbench-sr', id: 'one' })
    const measured = { values: { 'vacated-blur': blur, 'vacated-grain': grain }, milliseconds: 1 }
    if (result !== null) await store.writeResult({ ...result, metrics: { detail: measured } })
  }
  await writeReport(store)
  const summary = await readFile(join(folder, 'summary.md'), 'utf8')
  expect(summary).toContain('filled well? `detail.vacated-off` ↓, 1 case |')
  expect(summary).toContain('| **0.2500** (0.2500) |')
  expect(summary).toContain('| 0.5000 (0.5000) |')
})
