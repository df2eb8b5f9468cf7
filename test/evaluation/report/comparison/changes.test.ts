import { expect, test } from 'vitest'
import {
  caseChanges,
  columnChanges,
  deviation,
  enginePairs,
  type Pair,
  pairsOf,
} from '../../../../evaluation/report/comparison/changes.ts'
import type { Column, ReportData, Result } from '../../../../evaluation/report/data/report-data.ts'
import type { CaseRecord } from '../../../../evaluation/run/records.ts'

const error: Column = { metric: 'm', name: 'error', key: 'm.error', better: 'lower' }
const psnr: Column = { metric: 'm', name: 'psnr', key: 'm.psnr', better: 'higher' }
const resultOf = (values: Record<string, number>, picture: string | null = 'p') =>
  ({ picture, values: new Map(Object.entries(values)) }) as unknown as Result
const caseNamed = (id: string, digest = 'd') => ({ benchmark: 'b', id, digest }) as CaseRecord
const pair = (id: string, before: Record<string, number>, after: Record<string, number>): Pair => ({
  one: caseNamed(id),
  before: resultOf(before),
  after: resultOf(after),
})

const pairs = [
  pair('a', { 'm.error': 1, 'm.psnr': 30 }, { 'm.error': 2, 'm.psnr': 30 }),
  pair('b', { 'm.error': 3, 'm.psnr': 20 }, { 'm.error': 0, 'm.psnr': 40 }),
  pair('c', { 'm.error': 5, 'm.psnr': 10 }, { 'm.error': 5 }),
]

test('means over the cases that both have, and which way each went', () => {
  expect(columnChanges([error, psnr], pairs)).toEqual([
    { column: error, count: 3, before: 3, after: 7 / 3, better: 1, worse: 1 },
    { column: psnr, count: 2, before: 25, after: 35, better: 1, worse: 0 },
  ])
})

test('cases by their largest change in standard deviations, without those that did not change', () => {
  // Of 1, 3 and 5: sqrt(8 / 3); of 30, 20 and 10: sqrt(200 / 3).
  expect(deviation([1, 3, 5])).toBeCloseTo(1.63299, 5)
  const changed = caseChanges([error, psnr], pairs)
  expect(changed.map(({ pair }) => pair.one.id)).toEqual(['b', 'a'])
  expect(changed[0]?.changes.map(({ column }) => column.name)).toEqual(['psnr', 'error'])
  expect(changed[0]?.changes.map(({ size }) => size)).toEqual([
    expect.closeTo(20 / Math.sqrt(200 / 3), 10),
    expect.closeTo(3 / Math.sqrt(8 / 3), 10),
  ])
})

test('only equal cases with a picture in both are compared, on engines of one name', () => {
  const report = (engines: string[], cases: CaseRecord[], picture: string | null = 'p') =>
    ({
      engines: engines.map((name) => ({ name })),
      cases,
      result: () => resultOf({}, picture),
    }) as unknown as ReportData
  const before = report(['x', 'y'], [caseNamed('a'), caseNamed('b'), caseNamed('c')])
  const after = report(['y', 'z'], [caseNamed('c'), caseNamed('b', 'other')])
  expect(enginePairs(before, after)).toEqual([{ before: 'y', after: 'y' }])
  expect(enginePairs(report(['x'], []), report(['y'], []))).toEqual([{ before: 'x', after: 'y' }])
  expect(enginePairs(report(['x'], []), report(['y', 'z'], []))).toEqual([])
  const engines = { before: 'y', after: 'y' }
  expect(pairsOf(before, after, engines).map(({ one }) => one.id)).toEqual(['c'])
  expect(pairsOf(before, report(['y'], [caseNamed('c')], null), engines)).toEqual([])
})
