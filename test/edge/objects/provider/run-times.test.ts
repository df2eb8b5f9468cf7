/** How long runs take: measured, lost ones included, and live runs apart from test runs. */

import { runInDurableObject } from 'cloudflare:test'
import { beforeEach, expect, test } from 'vitest'
import { providerObject } from '../../../../edge/objects/names.ts'
import { breakerTables } from '../../../../edge/objects/provider/breaker.ts'
import {
  lostTimeTables,
  RunTimes,
  runTimeTables,
} from '../../../../edge/objects/provider/run-times.ts'
import { lanes } from '../../../../edge/rpc/provider.ts'
import { bindings, resetProviders } from '../../app.ts'

const provider = () => providerObject(bindings, 'second')
beforeEach(resetProviders)

/** Seconds of a first run: DISPATCH_SECONDS of these tests is 8. */
const FIRST = 8 / 15

async function runs(lane: 0 | 1 | 2, seconds: number): Promise<void> {
  await provider().request('second', { edit: 'a/1', account: 'a', region: 'auto', lane })
  await provider().release('a/1', 'done', seconds)
}
async function averages(): Promise<[live: number, test: number]> {
  const { secondsPerRun, secondsPerTestRun } = await provider().status('second')
  return [secondsPerRun, secondsPerTestRun]
}

test('before a run has ended it is a fifteenth of the time an edit may wait; then one counts a fifth, with its own kind', async () => {
  expect(await averages()).toEqual([FIRST, FIRST])
  await runs(lanes.key, 4)
  expect(await averages()).toEqual([4, FIRST])
  await runs(lanes.test, 100)
  await runs(lanes.client, 9)
  // 0.8 * 4 + 0.2 * 9
  expect(await averages()).toEqual([5, 100])
})

/** Has an edit had its slot, or its next expiry, for so much longer. */
const age = (edit: string, seconds: number) =>
  runInDurableObject(provider(), (_, { storage: { sql } }) => {
    sql.exec('UPDATE ticket SET grantedAt = grantedAt - ? WHERE edit = ?', 1000 * seconds, edit)
  })

/** At least so many seconds, which go on while a test runs on a slow machine. */
function expectFrom(value: number, least: number): void {
  expect(value).toBeGreaterThan(least - 1e-6)
  expect(value).toBeLessThan((4 / 3) * least)
}

test('the first run counts while it runs', async () => {
  await provider().request('second', { edit: 'a/1', account: 'a', region: 'auto', lane: lanes.key })
  await age('a/1', 30)
  const [live, other] = await averages()
  expectFrom(live, 30)
  expect(other).toBe(FIRST)
})

test('the time of lost runs counts with the next that ends well', async () => {
  await runs(lanes.key, 4)
  for (const edit of ['a/2', 'a/3']) {
    await provider().request('second', { edit, account: 'a', region: 'auto', lane: lanes.key })
    await age(edit, 20)
    if (edit === 'a/2') await provider().release(edit, 'fault', null)
  }
  // The slot of the other expires.
  await runInDurableObject(provider(), (_, { storage: { sql } }) => {
    sql.exec("UPDATE ticket SET until = 0 WHERE edit = 'a/3'")
  })
  // Whoever asks for a slot finds out.
  await provider().request('second', { edit: 'a/4', account: 'a', region: 'auto', lane: lanes.key })
  await provider().release('a/4', 'left', null)
  // As if a run ended now: 4 + 0.2 * 40
  expectFrom((await averages())[0], 12)
  await runs(lanes.key, 4)
  // 0.8 * 4 + 0.2 * 44, and nothing is left over.
  expectFrom((await averages())[0], 12)
  await runs(lanes.key, 12)
  expectFrom((await averages())[0], 12)
})

test('an edit that is canceled, or whose worker was busy, says nothing of how long runs take', async () => {
  await runs(lanes.key, 4)
  await provider().request('second', { edit: 'a/2', account: 'a', region: 'auto', lane: lanes.key })
  await age('a/2', 20)
  await provider().release('a/2', 'left', null)
  await provider().request('second', { edit: 'a/3', account: 'a', region: 'auto', lane: lanes.key })
  await age('a/3', 20)
  await provider().busy('a/3', 60)
  expect(await averages()).toEqual([4, FIRST])
})

test.each([
  ['the ten seconds that an older release assumed are not a measurement', 10, 0.2],
  ['what an older release measured stays', 3.5, 3.5],
])('%s', async (_, stored, expected) => {
  const kept = await runInDurableObject(provider(), (_, { storage: { sql } }) => {
    for (const table of ['breaker', 'run_time']) sql.exec(`DROP TABLE ${table}`)
    for (const statement of breakerTables) sql.exec(statement)
    sql.exec('UPDATE breaker SET seconds = ?', stored)
    for (const statement of [...runTimeTables, ...lostTimeTables]) sql.exec(statement)
    return new RunTimes(sql).of(lanes.key, 0, 3)
  })
  expect(kept).toBe(expected)
})
