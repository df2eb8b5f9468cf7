/**
 * `node test/bench/large-account.ts 1000 100000 300000`: what questions cost an account that has so
 * many edits, on SQLite in Node. The account is filled as an older release left it, then migrated.
 */

import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import { EditIndex } from '../../edge/objects/account/edit-index.ts'
import { Ledger } from '../../edge/objects/account/ledger.ts'
import { accountSchema } from '../../edge/objects/account/schema.ts'

/** Steps of the schema that the older release had. */
const OLD_STEPS = 2
const DAY_MS = 86_400_000
const now = Date.now()

const summary = JSON.stringify({
  model: 'flux1-kontext-dev',
  mode: 'live',
  workingSize: { width: 1024, height: 1024 },
  metadata: { order: '1234567' },
  price: { amount: 2600, version: '2026-11.2' },
  createdAt: now,
  seed: 2920805807,
  steps: 30,
  image: { width: 3000, height: 3000 },
  plan: {
    grid: { rows: 64, cols: 64 },
    sourceMask: 400,
    targets: 400,
    view: 3900,
    editRegion: 900,
  },
})
const final = JSON.stringify({
  status: 'succeeded',
  settlement: 'capture',
  timings: { decode: 100, encode: 200, denoise: 30_000, store: 300 },
  endedAt: now,
  result: { key: 'acct/abcdefghijkl/out/edit_/1.png', bytes: 1_234_567, width: 3000, height: 3000 },
  problem: null,
  attempts: 1,
})

const ID = "printf('edit_%048x', n)"
const AT = `${now} - (?1 - n) * (${30 * DAY_MS} / ?1)`
const EACH = 'WITH RECURSIVE each (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM each WHERE n < ?1)'

/** An account as the older release left it, a month of edits long. */
function filled(count: number) {
  const db = new DatabaseSync(':memory:')
  const exec = (query: string, ...values: SQLInputValue[]) => {
    const rows = db.prepare(query).all(...values)
    return { toArray: () => rows }
  }
  const sql = { exec } as unknown as SqlStorage
  for (const statement of accountSchema.slice(0, OLD_STEPS).flat()) exec(statement)
  exec(
    `${EACH} INSERT INTO edit (id, key, price, summary, metadata, final, createdAt, checkAt, settledAt)
      SELECT ${ID}, 'key' || (n % 5), 2600, ?2, '{"order":"1234567"}', ?3, ${AT}, ${AT}, ${AT} FROM each`,
    count,
    summary,
    final,
  )
  exec(
    "INSERT INTO ledger (kind, amount, price, reference, at) VALUES ('topup', 1e12, 1e12, 'r', 0)",
  )
  exec(
    `${EACH} INSERT INTO ledger (kind, amount, price, edit, key, at)
      SELECT kind, amount, 2600, ${ID}, 'key' || (n % 5), ${AT}
      FROM each, (SELECT 'hold' AS kind, -2600 AS amount UNION ALL SELECT 'capture', 0)`,
    count,
  )
  exec('UPDATE balance SET amount = (SELECT SUM(amount) FROM ledger)')
  return { sql, exec }
}

/** Milliseconds, the best of three. */
function time(work: () => unknown, rounds = 3): string {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now()
    work()
    return performance.now() - start
  })
  return `${Math.min(...times).toFixed(2)} ms`
}

for (const count of process.argv.slice(2).map(Number)) {
  const { sql, exec } = filled(count)
  const bytes = () => {
    const [size] = exec(
      'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size',
    ).toArray() as { bytes: number }[]
    return Math.round((size?.bytes ?? 0) / count)
  }
  const before = bytes()
  const migrated = time(() => {
    for (const statement of accountSchema.slice(OLD_STEPS).flat()) exec(statement)
  }, 1)
  const ledger = new Ledger(sql)
  const edits = new EditIndex(sql)
  let serial = 0
  const figures = {
    edits: count,
    'bytes an edit': before,
    migration: migrated,
    'balance and sum': time(() => ledger.audit()),
    'usage by day': time(() => ledger.usage(now - 30 * DAY_MS, now + DAY_MS, 'day')),
    'a page of edits': time(() => edits.list(21, null, {})),
    'a filter that nothing matches': time(() => edits.list(21, null, { order: 'none' })),
    'hold and capture': time(() => {
      const id = `new ${serial++}`
      ledger.hold(id, 2600, { key: 'key1', client: null }, 'embedded')
      ledger.settle(id, 'capture')
    }, 200),
  }
  exec('INSERT INTO archived (edit, page) SELECT id, rowid / 500 FROM edit')
  exec('DELETE FROM edit')
  exec('VACUUM')
  const shown = { ...figures, 'bytes an edit, all archived': bytes() }
  process.stdout.write(`${JSON.stringify(shown, null, 2)}\n`)
}
