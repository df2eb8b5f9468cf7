/**
 * `node test/bench/queue.ts`: a provider's queue over SQLite in Node: what an edit that joins, is told its place, gets a slot and
 * leaves costs beside 100, 1,000, 10,000 and 100,000 that wait, as ratios to the first.
 */

import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Queue } from '../../edge/objects/provider/queue.ts'
import {
  queueAccountTables,
  queueLaneTables,
  queueTables,
  queueTriggers,
  slotTimeTables,
} from '../../edge/objects/provider/queue-tables.ts'
import { type Lane, lanes } from '../../edge/rpc/provider.ts'

const WAITING = [100, 1000, 10_000, 100_000]
const ACCOUNTS = 2000
const ROUNDS = 300

/** The storage of a Durable Object, as far as the queue uses it. */
function storage(): SqlStorage {
  const db = new DatabaseSync(':memory:')
  const statements = new Map<string, StatementSync>()
  const exec = (query: string, ...values: SQLInputValue[]) => {
    const statement = statements.get(query) ?? db.prepare(query)
    statements.set(query, statement)
    const rows = statement.all(...values)
    return { toArray: () => rows }
  }
  return { exec } as unknown as SqlStorage
}

const ticket = (number: number, lane: Lane) => {
  const account = `account-${number % ACCOUNTS}`
  return { edit: `${account}/${number}-${lane}`, account, lane, region: 'auto' }
}

/** Milliseconds, the median over many rounds. */
function timeOf(waiting: number): number {
  const sql = storage()
  for (const step of [
    queueTables,
    queueAccountTables,
    queueLaneTables,
    slotTimeTables,
    queueTriggers,
  ])
    for (const statement of step) sql.exec(statement)
  const queue = new Queue(sql)
  sql.exec('BEGIN')
  for (let i = 0; i < waiting; i++) queue.join(ticket(i, i % 2 === 0 ? lanes.key : lanes.test))
  const times = Array.from({ length: ROUNDS }, (_, i) => {
    const joining = ticket(waiting + i, lanes.test)
    const start = performance.now()
    queue.join(joining)
    queue.ahead(joining)
    for (const { edit } of queue.grant(1)) queue.leave(edit)
    return performance.now() - start
  })
  sql.exec('COMMIT')
  return times.sort((a, b) => a - b)[ROUNDS / 2] ?? Number.NaN
}

// Once for nothing, so that what is measured is compiled.
timeOf(WAITING[0] ?? 0)
const times = WAITING.map(timeOf)
for (const [i, time] of times.entries()) {
  const ratio = (time / (times[0] ?? time)).toFixed(1)
  process.stdout.write(`${WAITING[i]} waiting: ${time.toFixed(3)} ms, ${ratio} x the first\n`)
}
