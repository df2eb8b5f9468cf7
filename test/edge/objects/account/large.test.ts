/**
 * An account with many edits: what it reads to answer does not grow with them, and an account of an
 * older release adds up to the same as before.
 */

import { runInDurableObject } from 'cloudflare:test'
import { expect, test, vi } from 'vitest'
import { EditIndex } from '../../../../edge/objects/account/edit-index.ts'
import { Ledger } from '../../../../edge/objects/account/ledger.ts'
import { accountSchema } from '../../../../edge/objects/account/schema.ts'
import { accountObject } from '../../../../edge/objects/names.ts'
import { migrate } from '../../../../edge/objects/sql.ts'
import { usageGroups } from '../../../../edge/rpc/account/ledger.ts'
import { auditAccount } from '../../../../edge/use-cases/account/audit.ts'
import { Account, bindings, call, json, operator } from '../../app.ts'

const DAY_MS = 86_400_000
const NOON = Date.UTC(2026, 0, 31, 12)
/** What the release before the running sums had. */
const OLD_STEPS = 2

/** The tables of an older release with so many edits: of ten, one was released and one is held. */
function fillOld(storage: DurableObjectStorage, count: number): void {
  const { sql } = storage
  for (const { name } of sql
    .exec(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    )
    .toArray())
    sql.exec(`DROP TABLE "${String(name)}"`)
  migrate(storage, accountSchema.slice(0, OLD_STEPS))
  const each = 'WITH RECURSIVE each (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < ?1)'
  const at = `${NOON} - (n % 30) * ${DAY_MS}`
  sql.exec(
    `${each} INSERT INTO edit (id, key, price, summary, metadata, final, createdAt, checkAt, settledAt, deletedAt)
      SELECT printf('edit_%048d', n), 'key', 10, '{"metadata":{"n":"1"}}', '{"n":"1"}', '{"problem":{"detail":"d"}}',
        n, 0, 1, CASE WHEN n % 2 = 0 THEN 1 END FROM each`,
    count,
  )
  sql.exec(
    "INSERT INTO ledger (kind, amount, price, reference, at) VALUES ('topup', 1000000, 1000000, 'r', 0)",
  )
  sql.exec(
    `${each} INSERT INTO ledger (kind, amount, price, edit, key, client, at)
      SELECT 'hold', -10, 10, n, 'key' || (n % 3), CASE WHEN n % 4 = 0 THEN 'app' END, ${at} FROM each`,
    count,
  )
  sql.exec(
    `${each} INSERT INTO ledger (kind, amount, price, edit, key, client, at)
      SELECT CASE n % 10 WHEN 1 THEN 'release' ELSE 'capture' END, CASE n % 10 WHEN 1 THEN 10 ELSE 0 END,
        10, n, 'key' || (n % 3), CASE WHEN n % 4 = 0 THEN 'app' END, ${at} FROM each WHERE n % 10 <> 0`,
    count,
  )
  sql.exec(
    "INSERT INTO ledger (kind, amount, price, edit, key, reference, at) VALUES ('refund', 10, 10, 2, 'key2', 'sorry', ?)",
    NOON,
  )
  sql.exec('UPDATE balance SET amount = (SELECT SUM(amount) FROM ledger)')
}

/** Counts the rows that a store reads. */
function counting(sql: SqlStorage): { readonly sql: SqlStorage; read: () => number } {
  let read = 0
  const exec = (query: string, ...values: SqlStorageValue[]) => {
    const cursor = sql.exec(query, ...values)
    const found = cursor.toArray()
    read += cursor.rowsRead
    return { toArray: () => found }
  }
  return {
    sql: { exec } as unknown as SqlStorage,
    read: () => {
      const rows = read
      read = 0
      return rows
    },
  }
}

/** An account of an older release, as it is after the migration. */
async function migrated<T>(count: number, look: (storage: DurableObjectStorage) => T): Promise<T> {
  const { id } = await Account.open(0)
  return runInDurableObject(accountObject(bindings, 'auto', id), (_, { storage }) => {
    fillOld(storage, count)
    migrate(storage, accountSchema)
    return look(storage)
  })
}

test('a question reads as many rows of 3,000 edits as of 30,000', async () => {
  const rowsRead = (count: number) =>
    migrated(count, ({ sql }) => {
      const { sql: counted, read } = counting(sql)
      const ledger = new Ledger(counted)
      const edits = new EditIndex(counted)
      const of = (work: () => unknown) => {
        read()
        work()
        return read()
      }
      return {
        audit: of(() => ledger.audit()),
        usage: of(() => ledger.usage(NOON - 30 * DAY_MS, NOON + DAY_MS, 'day')),
        clients: of(() => ledger.usage(NOON - 30 * DAY_MS, NOON + DAY_MS, 'client')),
        page: of(() => edits.list(20, null, {})),
        unmatched: of(() => edits.list(20, null, { n: '2' })),
        hold: of(() => ledger.hold('new', 10, { key: 'key1', client: null }, 'instant')),
        settle: of(() => ledger.settle('new', 'capture')),
      }
    })
  const [few, many] = [await rowsRead(3000), await rowsRead(30_000)]
  expect(many).toEqual(few)
  const { audit, usage, clients, page, unmatched, hold, settle } = many
  // Rows of an index and of its table count each; grouping reads its own rows again.
  expect(audit).toBeLessThan(10)
  expect(usage).toBeLessThan(4 * 30 * 3)
  expect(clients).toBeLessThan(4 * 30 * 2)
  expect(page).toBeLessThan(200)
  expect(unmatched).toBeLessThanOrEqual(2000)
  expect(hold).toBeLessThan(20)
  expect(settle).toBeLessThan(20)
})

test('an account of an older release adds up to the same: balance, holds, usage', async () => {
  await migrated(1000, ({ sql }) => {
    const ledger = new Ledger(sql)
    // By hand: 1,000 holds of 10, 100 released, one refunded; 100 are still held.
    const balance = 1_000_000 - 10_000 + 1000 + 10
    expect(ledger.audit()).toEqual({ balance, sum: balance, held: 1000, heldSum: 1000 })
    const counts = { edits: 1000, captured: 800, released: 100, refunded: 1, cost: 7990 }
    for (const by of usageGroups) {
      const lines = ledger.usage(NOON - 30 * DAY_MS, NOON, by)
      expect(lines).toHaveLength({ day: 30, key: 3, client: 2, model: 1 }[by])
      for (const name of Object.keys(counts) as (keyof typeof counts)[])
        expect(lines.reduce((sum, line) => sum + line[name], 0)).toBe(counts[name])
    }
    // Nobody knows which models those were; from now on, every posting about an edit counts to its own.
    expect(ledger.usage(NOON - 30 * DAY_MS, NOON, 'model')).toMatchObject([
      { group: '', ...counts },
    ])
    for (const edit of ['a', 'b', 'c'])
      ledger.hold(edit, 10, { key: 'key1', client: null }, edit === 'c' ? 'embedded' : 'instant')
    ledger.settle('a', 'capture')
    ledger.settle('b', 'release')
    ledger.settle('c', 'capture')
    ledger.refund('c', 'by model')
    const today = Date.now()
    expect(ledger.usage(today, today + 1, 'model')).toEqual([
      { group: 'embedded', edits: 1, captured: 1, released: 0, refunded: 1, cost: 0 },
      { group: 'instant', edits: 2, captured: 1, released: 1, refunded: 0, cost: 10 },
    ])
    // 250 of them by the app: every fourth; the refund was of another.
    expect(ledger.usage(NOON - 30 * DAY_MS, NOON, 'client')).toMatchObject([
      { group: '', edits: 750, refunded: 1 },
      { group: 'app', edits: 250 },
    ])
    expect(ledger.usage(NOON, NOON, 'day')).toMatchObject([{ group: '2026-01-31', refunded: 1 }])
    // Deleted edits of the older release kept metadata in their summaries.
    const kept = sql.exec('SELECT summary, final, deletedAt FROM edit').toArray()
    for (const { summary, final, deletedAt } of kept)
      expect([summary, final]).toEqual(
        deletedAt === null
          ? ['{"metadata":{"n":"1"}}', '{"problem":{"detail":"d"}}']
          : ['{"metadata":{}}', '{"problem":{"detail":""}}'],
      )
  })
})

test('pages of a filtered list are bounded, and together have every edit that matches', async () => {
  await migrated(3000, ({ sql }) => {
    const edits = new EditIndex(sql)
    const marked = ['10', '11', '1500', '2999']
    for (const n of marked)
      sql.exec(`UPDATE edit SET metadata = '{"n":"2"}', deletedAt = NULL WHERE createdAt = ?`, n)
    const pages = []
    for (
      let next = edits.list(2, null, { n: '2' });
      ;
      next = edits.list(2, next.next, { n: '2' })
    ) {
      pages.push(next.edits.map(({ createdAt }) => createdAt))
      if (next.next === null) break
    }
    // After the 3,000th edit nobody knows yet that it was the last.
    expect(pages).toEqual([[2999], [1500], [11, 10], []])
    // Deleted edits are no holes: a page without a filter is full.
    const page = edits.list(20, null, {})
    expect(page.edits).toHaveLength(20)
    expect(page.edits[0]?.createdAt).toBe(2999)
    expect(edits.list(20, page.next, {}).edits[0]?.createdAt).toBeLessThan(
      page.edits.at(-1)?.createdAt ?? 0,
    )
  })
})

test('postings are added up again a page at a time, and a difference is logged', async () => {
  const log = vi.spyOn(console, 'error')
  await migrated(10, ({ sql }) => {
    const ledger = new Ledger(sql)
    const checked = () => sql.exec('SELECT seq FROM checked').one().seq
    const first = checked()
    const edit = (n: number) => {
      ledger.hold(`e${n}`, 10, { key: 'key1', client: null }, 'instant')
      ledger.settle(`e${n}`, n % 2 === 0 ? 'capture' : 'release')
    }
    for (let n = 0; n < 400; n++) edit(n)
    expect(checked()).toBeGreaterThan(Number(first))
    const { balance, sum, held, heldSum } = ledger.audit()
    expect([sum, heldSum]).toEqual([balance, held])
    const differs = () => log.mock.calls.some(([line]) => String(line).includes('ledger differs'))
    expect(differs()).toBe(false)
    sql.exec('UPDATE balance SET amount = amount + 1')
    expect(ledger.audit().balance - ledger.audit().sum).toBe(1)
    for (let n = 400; n < 700; n++) edit(n)
    expect(differs()).toBe(true)
  })
  log.mockRestore()
})

test('the full audit reads every posting, a page at a time', async () => {
  const { id } = await Account.open(0)
  const stub = accountObject(bindings, 'auto', id)
  await runInDurableObject(stub, (_, { storage }) => {
    fillOld(storage, 6000)
    migrate(storage, accountSchema)
  })
  expect((await stub.ledger().auditPage(0)).sums.postings).toBe(5000)
  const balance = 1_000_000 - 60_000 + 6000 + 10
  const expected = {
    postings: 1 + 6000 + 5400 + 1,
    balance,
    sum: balance,
    held: 6000,
    heldSum: 6000,
    cost: 47_990,
    costSum: 47_990,
  }
  expect(await auditAccount(stub)).toEqual(expected)
  const shown = await json(await call(`/admin/accounts/${id}/audit`, { headers: operator }))
  expect(shown).toMatchObject({ id, ...expected })
})
