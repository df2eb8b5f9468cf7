/** Who is next, against a plain rendering of the rule; and that finding it never reads the queue. */

import { runInDurableObject } from 'cloudflare:test'
import { expect, test, vi } from 'vitest'
import { Queue, queueAccountTables, queueTables } from '../../../../edge/objects/provider/queue.ts'
import type { Ticket } from '../../../../edge/rpc/provider.ts'
import { bindings } from '../../app.ts'

let objects = 0

/** An object whose tables are empty. */
function withSql<T>(work: (sql: SqlStorage) => T): Promise<T> {
  const stub = bindings.PROVIDERS_STATE.getByName(`queue ${objects++}`)
  return runInDurableObject(stub, (_, { storage }) => work(storage.sql))
}

const ticket = (edit: string): Ticket => ({
  edit,
  account: edit.split('/')[0] ?? '',
  region: 'auto',
})

/** The rule, read off the file's first lines. */
class Rule {
  readonly waiting: (Ticket & { since: number })[] = []
  readonly running: Ticket[] = []
  readonly turns = new Map<string, number>()
  #turn = 0

  next(): Ticket | undefined {
    const runs = ({ account }: Ticket) =>
      this.running.filter((one) => one.account === account).length
    const turn = ({ account }: Ticket) => this.turns.get(account) ?? 0
    const [first] = this.waiting.toSorted(
      (a, b) =>
        runs(a) - runs(b) || turn(a) - turn(b) || a.since - b.since || (a.edit < b.edit ? -1 : 1),
    )
    if (first === undefined) return undefined
    this.waiting.splice(this.waiting.indexOf(first), 1)
    this.running.push(first)
    this.turns.set(first.account, ++this.#turn)
    return first
  }
}

test('400 edits of 7 accounts get slots in the order that the plain rule gives', async () => {
  const { got, expected } = await withSql((sql) => {
    const queue = new Queue(sql)
    const rule = new Rule()
    const now = vi.spyOn(Date, 'now')
    const got: string[] = []
    const expected: string[] = []
    // 69,069 is Marsaglia's: any sequence will do, as long as it is the same tomorrow.
    let seed = 1
    const random = (below: number) => {
      seed = (69_069 * seed + 1) % 2 ** 32
      return Math.floor((seed / 2 ** 32) * below)
    }
    for (let i = 0; i < 400; i++) {
      now.mockReturnValue(1000 + i)
      const joining = ticket(`account-${Math.floor(Math.sqrt(random(49)))}/${i}`)
      queue.join(joining)
      rule.waiting.push({ ...joining, since: 1000 + i })
      if (i % 3 === 0) continue
      const leaving = rule.running.length > 2 ? rule.running.splice(random(3), 1)[0] : undefined
      if (leaving !== undefined) queue.leave(leaving.edit)
      got.push(...queue.grant(3).map(({ edit }) => edit))
      while (rule.running.length < 3 && rule.waiting.length > 0)
        expected.push(rule.next()?.edit ?? '')
    }
    now.mockRestore()
    return { got, expected }
  })
  expect(got.length).toBeGreaterThan(200)
  expect(got).toEqual(expected)
})

test('a queue migrated from the first release keeps its tickets, turns and slots', async () => {
  const order = await withSql((sql) => {
    for (const table of ['ticket', 'queue_account']) sql.exec(`DROP TABLE ${table}`)
    for (const statement of queueTables) sql.exec(statement)
    const later = Date.now() + 100_000
    for (const [index, edit] of ['a/1', 'a/2', 'b/1', 'c/1'].entries())
      sql.exec(
        'INSERT INTO ticket (edit, account, region, state, since, until) VALUES (?, ?, ?, ?, ?, ?)',
        ...Object.values(ticket(edit)),
        edit === 'a/1' ? 'running' : 'waiting',
        index,
        later,
      )
    sql.exec("INSERT INTO served (account, turn) VALUES ('a', 8), ('b', 7), ('d', 6)")
    for (const statement of queueAccountTables) sql.exec(statement)
    const queue = new Queue(sql)
    const granted = queue.grant(4).map(({ edit }) => edit)
    return { granted, taken: queue.taken }
  })
  expect(order).toEqual({ granted: ['c/1', 'b/1', 'a/2'], taken: 4 })
})

test('granting a slot uses indexes only, however long the queue is', async () => {
  const asked = await withSql((sql) => {
    const queue = new Queue(sql)
    for (let i = 0; i < 20; i++) queue.join(ticket(`account-${i % 4}/${i}`))
    const exec = vi.spyOn(sql, 'exec')
    expect(queue.grant(2)).toHaveLength(2)
    const queries = exec.mock.calls.map(([query, ...values]) => ({ query, values }))
    exec.mockRestore()
    return queries.flatMap(({ query, values }) =>
      sql
        .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values)
        .toArray()
        .map(({ detail }) => detail),
    )
  })
  expect(asked.length).toBeGreaterThan(4)
  const scans = [...new Set(asked.filter((detail) => /^SCAN/.test(detail)))]
  expect(scans).toEqual(['SCAN queue_account USING COVERING INDEX queue_account_next'])
  expect(asked.filter((detail) => detail.includes('TEMP B-TREE'))).toEqual([])
})
