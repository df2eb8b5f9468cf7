/** What a provider keeps of when it was out of order. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { queueNameOf } from '../../../../edge/objects/names.ts'
import { lanes, type ProviderRpc } from '../../../../edge/rpc/provider.ts'
import { installCrypto } from '../platform/crypto.ts'
import { Universe } from '../universe.ts'

installCrypto()

const MINUTE = 60_000
const config = { kind: 'http', url: 'https://worker.example', models: ['embedded-fast'] }
let universe: Universe
let small: ProviderRpc
let start: number
beforeEach(() => {
  universe = new Universe(null, [
    { ...config, name: 'small', slots: 1 },
    { ...config, name: 'large', slots: 64 },
  ])
  small = universe.object<ProviderRpc>('provider', 'small')
  start = universe.now
})
afterEach(() => universe.close())

async function fail(times: number): Promise<void> {
  for (let fault = 0; fault < times; fault++) await small.fault()
}
const succeed = () => small.releaseMask('mask', 'done')

test('nothing is known before the first run has ended', async () => {
  expect(await small.availability()).toEqual({ since: null, outages: [] })
  await succeed()
  expect(await small.availability()).toEqual({ since: start, outages: [] })
})

test('an outage begins with the fifth fault in a row, and ends with the next success', async () => {
  await fail(4)
  await succeed()
  await fail(4)
  expect((await small.availability()).outages).toEqual([])
  await universe.advance(MINUTE)
  await fail(1)
  await universe.advance(30 * MINUTE)
  // Half open for long, and tried again.
  await fail(1)
  expect((await small.availability()).outages).toEqual([{ start: start + MINUTE, until: null }])
  await universe.advance(MINUTE)
  await succeed()
  await universe.advance(MINUTE)
  await succeed()
  expect((await small.availability()).outages).toEqual([
    { start: start + MINUTE, until: start + 32 * MINUTE },
  ])
})

test('one that comes back within five minutes had not ended', async () => {
  await fail(5)
  await universe.advance(MINUTE)
  await succeed()
  await universe.advance(4 * MINUTE)
  await fail(5)
  await universe.advance(MINUTE)
  await succeed()
  const until = start + 6 * MINUTE
  expect((await small.availability()).outages).toEqual([{ start, until }])
  await universe.advance(6 * MINUTE)
  await fail(5)
  expect((await small.availability()).outages).toEqual([
    { start, until },
    { start: until + 6 * MINUTE, until: null },
  ])
})

test('outages are kept for 90 days', async () => {
  await fail(5)
  await succeed()
  await universe.advance(92 * 24 * 60 * MINUTE)
  await fail(5)
  expect((await small.availability()).outages).toEqual([{ start: universe.now, until: null }])
  expect((await small.availability()).since).toBe(start)
})

test('a provider in shards is out of order while all of them are', async () => {
  const large = universe.object<ProviderRpc>('provider', 'large')
  const shards = [0, 1].map((number) => {
    const name = queueNameOf('large', { region: 'auto', number })
    return { name, queue: universe.object<ProviderRpc>('provider', name) }
  })
  /** A shard reports with the first edit, and then now and then. */
  const report = async () => {
    for (const [i, { name, queue }] of shards.entries()) {
      const edit = `account/edit_${String(i).padStart(48, '0')}`
      await queue.request(name, { edit, account: 'account', region: 'auto', lane: lanes.key })
      await large.share('large', name, await queue.status(name))
    }
  }
  await report()
  for (let fault = 0; fault < 5; fault++) await shards[0]?.queue.fault()
  await report()
  expect((await large.availability()).outages).toEqual([])
  await universe.advance(MINUTE)
  for (let fault = 0; fault < 5; fault++) await shards[1]?.queue.fault()
  await report()
  const { outages } = await large.availability()
  expect(outages).toEqual([{ start: expect.any(Number), until: null }])
  // A mask that fails elsewhere does not end it.
  await large.releaseMask('mask', 'fault')
  expect((await large.availability()).outages).toEqual(outages)
  await shards[1]?.queue.releaseMask('mask', 'done')
  await report()
  expect((await large.availability()).outages).toEqual([
    { start: outages[0]?.start, until: expect.any(Number) },
  ])
})
