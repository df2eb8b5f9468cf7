/** A provider with many slots, whose queue is split: no slot is used twice, and none stays free for long. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { queueNameOf, shardOf, shardsOf } from '../../../../edge/objects/names.ts'
import { lanes, type ProviderRpc, type Ticket } from '../../../../edge/rpc/provider.ts'
import { installCrypto } from '../platform/crypto.ts'
import { Universe } from '../universe.ts'

installCrypto()
// Hundreds of requests each, on a busy machine.
vi.setConfig({ testTimeout: 30_000 })

const SLOTS = 64
const large = {
  kind: 'http',
  name: 'large',
  url: 'https://worker.example',
  models: ['embedded-fast'],
  slots: SLOTS,
}

let universe: Universe
beforeEach(() => {
  universe = new Universe(null, [large])
})
afterEach(() => universe.close())

/** An edit whose id begins so, which decides its shard. */
const ticketOf = (head: number, serial: number, lane: Ticket['lane'] = lanes.key): Ticket => {
  const id = `edit_${head.toString(16).padStart(8, '0')}${serial.toString(16).padStart(40, '0')}`
  return { edit: `account/${id}`, account: 'account', region: 'auto', lane }
}
const shardFor = ({ edit }: Ticket) => shardOf(large, 'auto', edit.split('/')[1] ?? '')
const nameFor = (ticket: Ticket) => queueNameOf('large', shardFor(ticket))
const queueFor = (ticket: Ticket) => universe.object<ProviderRpc>('provider', nameFor(ticket))

async function ask(ticket: Ticket): Promise<boolean> {
  return (await queueFor(ticket).request(nameFor(ticket), ticket)).answer === 'granted'
}

/** Asks for each. @returns those that have a slot */
async function askAll(tickets: readonly Ticket[]): Promise<Ticket[]> {
  const granted: Ticket[] = []
  for (const ticket of tickets) if (await ask(ticket)) granted.push(ticket)
  return granted
}

/** Runs go on, and those that wait ask again. @returns those that have a slot */
async function later(tickets: readonly Ticket[], seconds = 3): Promise<Ticket[]> {
  let granted: Ticket[] = []
  for (let i = 0; i < seconds; i++) {
    await universe.advance(1000)
    granted = await askAll(tickets)
    for (const ticket of granted)
      await queueFor(ticket).accepted(ticket.edit, universe.now + 100_000)
  }
  return granted
}

const many = (count: number, head: number, from = 0, lane?: Ticket['lane']) =>
  Array.from({ length: count }, (_, i) => ticketOf(head, from + i, lane))

test('a small provider has one queue, a large one a shard for 50 slots, and ids are spread over them', () => {
  expect([1, 50, 51, 64, 1000].map((slots) => shardsOf({ slots }))).toEqual([0, 0, 2, 2, 20])
  expect(shardOf({ slots: 50 }, 'auto', ticketOf(7, 1).edit)).toBeNull()
  expect(queueNameOf('large', null)).toBe('large')
  expect(nameFor(ticketOf(7, 1))).toBe('large/auto.1')
  expect(nameFor(ticketOf(8, 1))).toBe('large/auto.0')
})

test('a shard gets the slots that no other uses', async () => {
  expect(await later(many(SLOTS + 10, 0))).toHaveLength(SLOTS)
})

test('both shards together give out each slot once', async () => {
  const [even, odd] = [many(50, 0), many(50, 1)]
  const granted = [...(await askAll(even)), ...(await askAll(odd))]
  expect(granted.length).toBeLessThanOrEqual(SLOTS)
  const all = await later([...even, ...odd])
  expect(all).toHaveLength(SLOTS)
})

test('as its runs end, a shard that has more than its part gives back', async () => {
  const even = many(SLOTS + 40, 0)
  const running = await later(even)
  expect(running).toHaveLength(SLOTS)
  const odd = many(50, 1)
  expect(await later(odd)).toEqual([])
  for (const { edit } of running) await queueFor(ticketOf(0, 0)).release(edit, 'done', 5)
  await later(odd)
  const now = await later([...even.filter((one) => !running.includes(one)), ...odd])
  expect(now).toHaveLength(SLOTS)
  expect(now.filter((one) => odd.includes(one)).length).toBe(SLOTS / 2)
})

test('test edits leave the slots of their shard to live edits of another', async () => {
  const tests = many(100, 0, 0, lanes.test)
  // A quarter of all slots at most.
  expect((await later(tests)).length).toBeLessThanOrEqual(SLOTS / 4)
  const live = many(SLOTS, 1)
  const running = await later(live)
  expect(running.length).toBeGreaterThanOrEqual((3 * SLOTS) / 4)
})

test('a shard that has nothing to do gives its slots back, and falls silent', async () => {
  const granted = await later(many(20, 0))
  for (const { edit } of granted) await queueFor(ticketOf(0, 0)).release(edit, 'done', 5)
  await universe.advance(30_000)
  const shares = universe.host('provider', 'large')?.storage.query('SELECT * FROM shard_share')
  expect(shares).toEqual([])
  expect(universe.nextAlarmAt).toBeNull()
})

test('a shard that is never heard again loses its slots', async () => {
  await later(many(SLOTS, 0))
  const silent = universe.host('provider', 'large/auto.0')
  if (silent !== undefined) silent.storage.alarm = null
  await universe.advance(70_000)
  const odd = many(40, 1)
  expect((await later(odd)).length).toBeGreaterThan(0)
})

test('after a crash, what shards use is remembered, even if one that leaves is heard first', async () => {
  expect(await later(many(SLOTS, 0))).toHaveLength(SLOTS)
  const odd = ticketOf(1, 0)
  await ask(odd)
  universe.crash('provider', 'large')
  const own = universe.object<ProviderRpc>('provider', 'large')
  await own.share('large', nameFor(odd), null)
  expect(await own.share('large', nameFor(odd), await queueFor(odd).status(nameFor(odd)))).toBe(0)
})

test('where the provider’s own object cannot be reached, a shard goes on with what it has', async () => {
  const running = await later(many(40, 0))
  universe.blocked = 'share'
  const [first] = running
  if (first === undefined) throw new Error('none is running')
  await queueFor(first).release(first.edit, 'done', 5)
  expect(await ask(ticketOf(0, 99))).toBe(true)
})

test('the operator sees all shards as one provider', async () => {
  await later([...many(10, 0), ...many(80, 1)])
  await universe.advance(1000)
  const status = await universe.object<ProviderRpc>('provider', 'large').status('large')
  expect(status.taken).toBe(SLOTS)
  expect(status.waiting).toBe(90 - SLOTS)
  expect(status.slots).toBe(SLOTS)
})
