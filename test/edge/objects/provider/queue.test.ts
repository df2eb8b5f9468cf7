/** Who is next, against a plain rendering of the rule; and that finding it never reads the queue. */

import { runInDurableObject } from 'cloudflare:test'
import { expect, test, vi } from 'vitest'
import { Queue } from '../../../../edge/objects/provider/queue.ts'
import {
  queueAccountTables,
  queueLaneTables,
  queueTables,
  queueTriggers,
  slotTimeTables,
} from '../../../../edge/objects/provider/queue-tables.ts'
import { type Lane, lanes, type Ticket } from '../../../../edge/rpc/provider.ts'
import { bindings } from '../../app.ts'

let objects = 0

/** An object whose tables are empty. */
function withSql<T>(work: (sql: SqlStorage) => T): Promise<T> {
  const stub = bindings.PROVIDERS_STATE.getByName(`queue ${objects++}`)
  return runInDurableObject(stub, (_, { storage }) => work(storage.sql))
}

const ticket = (edit: string, lane: Lane = lanes.key): Ticket => ({
  edit,
  lane,
  account: edit.split('/')[0] ?? '',
  region: 'auto',
})

/** The rule, read off the first lines of the files. */
class Rule {
  readonly waiting: (Ticket & { since: number })[] = []
  readonly running: Ticket[] = []
  readonly turns = new Map<string, number>()
  #turn = 0
  #passed = 0

  /** Who gets the next of so many slots. */
  next(slots: number): Ticket | undefined {
    const lane = this.#lane(slots)
    if (lane === null) return undefined
    const runs = ({ account }: Ticket) =>
      this.running.filter((one) => one.account === account && one.lane === lane).length
    const turn = ({ account }: Ticket) => this.turns.get(`${account} ${lane}`) ?? 0
    const [first] = this.waiting
      .filter((one) => one.lane === lane)
      .toSorted(
        (a, b) =>
          runs(a) - runs(b) || turn(a) - turn(b) || a.since - b.since || (a.edit < b.edit ? -1 : 1),
      )
    if (first === undefined) return undefined
    this.waiting.splice(this.waiting.indexOf(first), 1)
    this.running.push(first)
    this.turns.set(`${first.account} ${lane}`, ++this.#turn)
    return first
  }

  /** Client tokens every fourth time; test traffic where nothing else waits, in a quarter of the slots. */
  #lane(slots: number): Lane | null {
    const waits = (lane: Lane) => this.waiting.some((one) => one.lane === lane)
    if (waits(lanes.client) && (!waits(lanes.key) || this.#passed === 3)) {
      this.#passed = 0
      return lanes.client
    }
    if (waits(lanes.key)) {
      if (waits(lanes.client)) this.#passed++
      return lanes.key
    }
    const test = this.running.filter(({ lane }) => lane === lanes.test).length
    return waits(lanes.test) && test < Math.max(1, Math.floor(slots / 4)) ? lanes.test : null
  }
}

/** 69,069 is Marsaglia's: any sequence will do, as long as it is the same tomorrow. */
function sequence(): (below: number) => number {
  let seed = 1
  return (below) => {
    seed = (69_069 * seed + 1) % 2 ** 32
    return Math.floor((seed / 2 ** 32) * below)
  }
}

/** What the triggers keep, counted anew. */
const COUNTED = `SELECT
  (SELECT COUNT(*) FROM ticket WHERE ticket.lane = queue_lane.lane AND state = 'waiting') AS waiting,
  (SELECT COUNT(DISTINCT account) FROM ticket WHERE ticket.lane = queue_lane.lane AND state = 'waiting') AS accounts,
  (SELECT COUNT(*) FROM ticket WHERE ticket.lane = queue_lane.lane AND state <> 'waiting') AS taken
  FROM queue_lane ORDER BY lane`

test('800 edits of 7 accounts in three lanes get slots in the order that the plain rule gives', async () => {
  const SLOTS = 9
  const { got, expected, kept, counted } = await withSql((sql) => {
    const queue = new Queue(sql)
    const rule = new Rule()
    const now = vi.spyOn(Date, 'now')
    const got: string[] = []
    const expected: string[] = []
    const random = sequence()
    for (let i = 0; i < 800; i++) {
      now.mockReturnValue(1000 + i)
      const lane = random(3) as Lane
      const joining = ticket(`account-${Math.floor(Math.sqrt(random(49)))}/${i}-${lane}`, lane)
      queue.join(joining)
      rule.waiting.push({ ...joining, since: 1000 + i })
      if (i % 3 === 0) continue
      for (let leaving = random(3); leaving > 0 && rule.running.length > 0; leaving--)
        queue.leave(rule.running.splice(random(rule.running.length), 1)[0]?.edit ?? '')
      got.push(...queue.grant(SLOTS).map(({ edit }) => edit))
      while (rule.running.length < SLOTS) {
        const next = rule.next(SLOTS)
        if (next === undefined) break
        expected.push(next.edit)
      }
    }
    now.mockRestore()
    return { got, expected, kept: queue.lanes(), counted: sql.exec(COUNTED).toArray() }
  })
  expect(got.length).toBeGreaterThan(300)
  expect(got).toEqual(expected)
  for (const lane of Object.values(lanes))
    expect(got.filter((edit) => edit.endsWith(`-${lane}`)).length).toBeGreaterThan(20)
  expect(kept).toEqual(counted)
})

/** Tickets as an older release stored them: one runs. */
function fill(sql: SqlStorage): void {
  const later = Date.now() + 100_000
  for (const [index, edit] of ['a/1', 'a/2', 'b/1', 'c/1'].entries())
    sql.exec(
      "INSERT INTO ticket (edit, account, region, state, since, until) VALUES (?, ?, 'auto', ?, ?, ?)",
      edit,
      edit.slice(0, 1),
      edit === 'a/1' ? 'running' : 'waiting',
      index,
      later,
    )
}

test.each([
  ['first', [queueTables], [queueAccountTables, queueLaneTables, slotTimeTables, queueTriggers]],
  ['second', [queueTables, queueAccountTables], [queueLaneTables, slotTimeTables, queueTriggers]],
] as const)(
  'a queue migrated from the %s release keeps its tickets, turns and slots',
  async (_, before, after) => {
    const found = await withSql((sql) => {
      for (const table of ['ticket', 'queue_account', 'queue_lane']) sql.exec(`DROP TABLE ${table}`)
      for (const statement of before.flat()) sql.exec(statement)
      fill(sql)
      if (before.length === 1)
        sql.exec("INSERT INTO served (account, turn) VALUES ('a', 8), ('b', 7), ('d', 6)")
      else
        sql.exec(
          "INSERT INTO queue_account (account, taken, turn, since) VALUES ('a', 1, 8, 1), ('b', 0, 7, 2), ('c', 0, 0, 3), ('d', 0, 6, NULL)",
        )
      for (const statement of after.flat()) sql.exec(statement)
      const queue = new Queue(sql)
      const granted = queue.grant(4).map(({ edit }) => edit)
      return { granted, taken: queue.taken, counted: sql.exec(COUNTED).toArray()[0] }
    })
    expect(found).toEqual({
      granted: ['c/1', 'b/1', 'a/2'],
      taken: 4,
      counted: { waiting: 0, accounts: 0, taken: 4 },
    })
  },
)

test('an edit from before lanes moves to its own when it asks again', async () => {
  const waiting = await withSql((sql) => {
    const queue = new Queue(sql)
    queue.join(ticket('a/1'))
    queue.join(ticket('a/1', lanes.test))
    return queue.lanes().map((lane) => lane.waiting)
  })
  expect(waiting).toEqual([0, 0, 1])
})

test('what each lane counts stays true when tickets move between lanes and states', async () => {
  const { kept, counted } = await withSql((sql) => {
    const queue = new Queue(sql)
    for (const edit of ['a/1', 'a/2', 'b/1', 'c/1']) queue.join(ticket(edit, lanes.client))
    queue.grant(2)
    queue.hold('a/1', Date.now() + 60_000)
    queue.join(ticket('a/2', lanes.test))
    queue.join(ticket('b/1', lanes.key))
    queue.giveBack('b/1')
    queue.leave('a/1')
    return { kept: queue.lanes(), counted: sql.exec(COUNTED).toArray() }
  })
  expect(kept).toEqual(counted)
  expect(kept.map(({ waiting, accounts }) => [waiting, accounts])).toEqual([
    [1, 1],
    [1, 1],
    [1, 1],
  ])
})

test.each([900, 1200])(
  'of %i that wait, as many come before an edit as joined before it',
  async (many) => {
    const ahead = await withSql((sql) => {
      const queue = new Queue(sql)
      const now = vi.spyOn(Date, 'now')
      const all = Array.from({ length: many }, (_, i) => ticket(`account-${i % 400}/${i}`))
      for (const [i, joining] of all.entries()) {
        now.mockReturnValue(1000 + i)
        queue.join(joining)
      }
      now.mockRestore()
      return all.map((waiting) => queue.ahead(waiting))
    })
    // No more than a thousand are counted.
    expect(ahead).toEqual(ahead.map((_, place) => Math.min(1000, place)))
  },
)

/** Everything that is asked of a queue while an edit joins, gets a slot and leaves. */
function use(queue: Queue): void {
  queue.join(ticket('new/1', lanes.test))
  queue.join(ticket('new/2'))
  queue.ahead(ticket('new/2'))
  queue.ahead(ticket('new/1', lanes.test))
  expect(queue.grant(4)).toHaveLength(2)
  queue.expire()
  queue.oldestSeconds('live')
  queue.slotOf('new/1')
  queue.stop(4)
  queue.lanes()
  queue.nextAt()
  queue.leave('new/1')
}

/** A queue in which so many wait in each of two lanes, with two test runs. */
function crowd(sql: SqlStorage, many: number): Queue {
  const queue = new Queue(sql)
  for (const edit of ['t/1', 't/2']) queue.join(ticket(edit, lanes.test))
  queue.grant(8)
  for (const edit of ['t/1', 't/2']) queue.hold(edit, Date.now() + 60_000)
  const since = Date.now() - 10_000
  for (const lane of [lanes.key, lanes.test])
    sql.exec(
      `INSERT INTO ticket (edit, account, region, lane, state, since, until)
        WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?1)
        SELECT 'account-' || (n % 40) || '/' || n || '-' || ?2, 'account-' || (n % 40), 'auto', ?2, 'waiting', ?3 + n % 5000, ?4
        FROM number`,
      many,
      lane,
      since,
      Date.now() + 100_000,
    )
  return queue
}

test('whatever is asked of the queue uses indexes only', async () => {
  const asked = await withSql((sql) => {
    const queue = crowd(sql, 40)
    const exec = vi.spyOn(sql, 'exec')
    use(queue)
    const queries = exec.mock.calls.map(([query, ...values]) => ({ query, values }))
    exec.mockRestore()
    return queries.flatMap(({ query, values }) =>
      sql
        .exec<{ detail: string }>(`EXPLAIN QUERY PLAN ${query}`, ...values)
        .toArray()
        .map(({ detail }) => detail),
    )
  })
  expect(asked.length).toBeGreaterThan(10)
  const scans = new Set(asked.filter((detail) => /^SCAN/.test(detail)))
  // Three rows, one row, and the rows of a query that is limited.
  expect([...scans].sort()).toEqual(['SCAN (subquery-2)', 'SCAN queue_lane'])
  // Of the running test runs alone, at most as many as the lane has slots.
  const sorted = asked.filter((detail) => detail.includes('TEMP B-TREE'))
  expect(sorted).toEqual(['USE TEMP B-TREE FOR ORDER BY'])
})

test('whatever is asked of the queue reads as many rows with 20,000 waiting as with 2,000', async () => {
  const readWith = (many: number) =>
    withSql((sql) => {
      const queue = crowd(sql, many)
      const exec = vi.spyOn(sql, 'exec')
      use(queue)
      const cursors = exec.mock.results.map(({ value }) => value as { rowsRead: number })
      exec.mockRestore()
      return cursors.reduce((sum, { rowsRead }) => sum + rowsRead, 0)
    })
  const few = await readWith(2000)
  expect(few).toBeLessThan(5000)
  expect(await readWith(20_000)).toBeLessThan(1.1 * few)
})
