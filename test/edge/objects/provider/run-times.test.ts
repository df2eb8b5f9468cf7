/** How long runs take: measured, never assumed, and live runs apart from test runs. */

import { runInDurableObject } from 'cloudflare:test'
import { beforeEach, expect, test } from 'vitest'
import { providerObject } from '../../../../edge/objects/names.ts'
import { breakerTables } from '../../../../edge/objects/provider/breaker.ts'
import { RunTimes, runTimeTables } from '../../../../edge/objects/provider/run-times.ts'
import { lanes } from '../../../../edge/rpc/provider.ts'
import { bindings, resetProviders } from '../../app.ts'

const provider = () => providerObject(bindings, 'second')
beforeEach(resetProviders)

async function runs(lane: 0 | 1 | 2, seconds: number): Promise<void> {
  await provider().request('second', { edit: 'a/1', account: 'a', region: 'auto', lane })
  await provider().release('a/1', 'done', seconds)
}
async function averages(): Promise<[live: number, test: number]> {
  const { secondsPerRun, secondsPerTestRun } = await provider().status()
  return [secondsPerRun, secondsPerTestRun]
}

test('nothing is assumed before a run has ended; then a run counts a fifth, with its own kind', async () => {
  expect(await averages()).toEqual([0, 0])
  await runs(lanes.key, 4)
  expect(await averages()).toEqual([4, 0])
  await runs(lanes.test, 100)
  await runs(lanes.client, 9)
  // 0.8 * 4 + 0.2 * 9
  expect(await averages()).toEqual([5, 100])
})

test.each([
  ['the ten seconds that an older release assumed are not a measurement', 10, 0],
  ['what an older release measured stays', 3.5, 3.5],
])('%s', async (_, stored, expected) => {
  const kept = await runInDurableObject(provider(), (_, { storage: { sql } }) => {
    for (const table of ['breaker', 'run_time']) sql.exec(`DROP TABLE ${table}`)
    for (const statement of breakerTables) sql.exec(statement)
    sql.exec('UPDATE breaker SET seconds = ?', stored)
    for (const statement of runTimeTables) sql.exec(statement)
    return new RunTimes(sql).of(lanes.key)
  })
  expect(kept).toBe(expected)
})
