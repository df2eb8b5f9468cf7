import { expect, test } from 'vitest'
import type { Column, ReportData, Result } from '../../../../evaluation/report/data/report-data.ts'
import { mean, median, summarise } from '../../../../evaluation/report/data/statistics.ts'
import type { CaseRecord } from '../../../../evaluation/run/records.ts'

test('means and medians, by hand', () => {
  expect([mean([1, 2, 6]), mean([])]).toEqual([3, null])
  expect([median([9, 1, 2]), median([1, 2, 4, 100]), median([])]).toEqual([2, 3, null])
  // Not in the order of their digits.
  expect(median([10, 9, 2])).toBe(9)
})

const column: Column = { metric: 'm', name: 'x', key: 'm.x', better: 'lower' }

/** Engines with a value for each of three cases, or null; `weightOf` is by the case's id. */
function dataOf(
  values: Readonly<Record<string, readonly (number | null)[]>>,
  weightOf: Readonly<Record<string, number>> = {},
) {
  const cases = [0, 1, 2].map((i) => ({ benchmark: 'b', id: String(i) }) as CaseRecord)
  const data = {
    engines: Object.keys(values).map((name) => ({ name })),
    columns: [column],
    result: (engine: string, { id }: CaseRecord) => {
      const value = values[engine]?.[Number(id)]
      const byColumn = new Map(value == null ? [] : [['m.x', value]])
      const weights = new Map(id in weightOf ? [['m', weightOf[id]]] : [])
      return { values: byColumn, weights } as unknown as Result
    },
  } as unknown as ReportData
  return summarise(data, cases)
}

test('engines are compared over the cases that all of them have', () => {
  const [summary] = dataOf({ a: [1, 5, null], b: [3, 3, 90], none: [null, null, null] })
  expect(summary).toMatchObject({ common: 2, best: [] })
  expect(summary?.engines).toEqual([
    { engine: 'a', mean: 3, median: 3, count: 2 },
    { engine: 'b', mean: 3, median: 3, count: 3 },
    { engine: 'none', mean: null, median: null, count: 0 },
  ])
})

test('the best is the lowest or the highest mean, as the column says', () => {
  expect(dataOf({ a: [1, 1, 1], b: [2, 2, 2], c: [1, 1, 1] })[0]?.best).toEqual(['a', 'c'])
})

test('a case counts what its metric says: as in a mean over points', () => {
  expect(mean([2, 6], [1, 3])).toBe(5)
  const [summary] = dataOf({ a: [2, 6, 1] }, { 1: 3, 2: 0 })
  // (2 + 3 * 6) / (1 + 3)
  expect(summary?.engines[0]).toMatchObject({ mean: 5, median: 2, count: 3 })
})
