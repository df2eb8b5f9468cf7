/** Rows of edits, as the states they store. */

import { expect, test } from 'vitest'
import { type EditRow, parseEdit, queuedRow } from '../../../../edge/objects/edit/row.ts'
import type { AcceptedEdit, KeptEdit } from '../../../../edge/rpc/edit/accepted.ts'

const queued = queuedRow({ id: 'edit_1', work: { kind: 'editable' } } as AcceptedEdit, 1000)
const running: EditRow = {
  ...queued,
  status: 'running',
  attempt: 1,
  provider: 'first',
  runBy: 2000,
  submittedAt: 500,
  started: 1,
}
const failed: EditRow = {
  ...running,
  accepted: { id: 'edit_1' } as KeptEdit,
  status: 'failed',
  settlement: 'release',
  endedAt: 900,
}

test('a state has the fields of its status, and no others', () => {
  expect(parseEdit(queued)).not.toHaveProperty('runBy')
  expect(parseEdit(running)).toMatchObject({ provider: 'first', runBy: 2000, started: true })
  for (const name of ['queue', 'claim', 'settlement', 'endedAt', 'problem'])
    expect(parseEdit(running)).not.toHaveProperty(name)
})

test.each<[string, EditRow]>([
  ['running without provider', { ...running, provider: null }],
  ['running without runBy', { ...running, runBy: null }],
  ['storing without claim', { ...running, status: 'storing' }],
  ['failed without problem', failed],
  ['succeeded without result', { ...failed, status: 'succeeded' }],
  ['canceled without settlement', { ...failed, status: 'canceled', settlement: null }],
])('an edit that is %s is a fault', (what, row) => {
  expect(() => parseEdit(row)).toThrow(`edit edit_1 is ${what}`)
})

test('a deleted success has no result', () => {
  const deleted = { ...failed, status: 'succeeded', deletedAt: 950 } as const
  expect(parseEdit(deleted)).toMatchObject({ status: 'succeeded', result: null })
})
