/** The report's first table as Markdown, without pictures: for a document or a message. */

import type { CaseRecord } from '../run/records.ts'
import { glanceOf } from './data/glance.ts'
import type { ReportData } from './data/report-data.ts'
import { counted, duration, shown } from './numbers.ts'

/** A table over all cases and, if there are several benchmarks, one over each. */
export function summaryMarkdown(data: ReportData): string {
  const { benchmarks, cases } = data
  const parts = benchmarks.map((name) => ({
    title: name,
    cases: cases.filter(({ benchmark }) => benchmark === name),
  }))
  const all = parts.length > 1 ? [{ title: 'All', cases }, ...parts] : parts
  return all
    .map(
      (part) =>
        `${part.title}: ${counted(part.cases.length, 'case')}\n\n${table(data, part.cases)}`,
    )
    .join('\n')
}

/** Each cell has the mean and the median; the best mean is bold. */
function table(data: ReportData, cases: readonly CaseRecord[]): string {
  const { columns, engines } = glanceOf(data, cases)
  const heads = columns.map(({ question, summary: { column, common } }) => {
    const better = column.better === 'higher' ? '↑' : '↓'
    return `${question} \`${column.key}\` ${better}, ${counted(common, 'case')}`
  })
  const rows = engines.map(({ name, time, failed }, row) => {
    const cells = columns.map(({ summary: { engines, best } }) => {
      const one = engines[row]
      const means = engines.map(({ mean }) => mean)
      const mean = shown(one?.mean ?? null, means)
      const middle = shown(one?.median ?? null, means)
      return `${one !== undefined && best.includes(one.engine) ? `**${mean}**` : mean} (${middle})`
    })
    return [`\`${name}\``, ...cells, time === null ? '–' : duration(time), String(failed)]
  })
  const head = ['', ...heads, 'Time', 'Failed']
  const lines = [head, head.map((_, i) => (i === 0 ? '---' : '--:')), ...rows]
  return lines.map((cells) => `| ${cells.map(escaped).join(' | ')} |\n`).join('')
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|')
}
