/** What an edit takes from whom, how it ends, and what is left of it. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { ACCOUNT, PRICE } from '../creation.ts'
import { Scene } from '../scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const DAY = 86_400_000
const events = ['edit.succeeded', 'edit.failed', 'edit.canceled', 'edit.expired'] as const
const listen = () =>
  scene.account.webhooks().create(null, '', {
    id: 'w',
    url: 'https://hooks.example/',
    events,
    sealed: 'AAAA.d2hzZWNfQUFBQQ',
  })
const rowOf = (id: string) =>
  scene.universe.host('edit', `${ACCOUNT}/${id}`)?.storage.query('SELECT * FROM edit')[0] ?? {}
const free = { balance: 10 * PRICE, held: 0 }

/** Holds the comparison of a token, the second digest from now, until the returned function is called. */
function holdComparison(): () => void {
  const { digest } = crypto.subtle
  let calls = 0
  let go = () => {}
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  crypto.subtle.digest = async (...of: Parameters<typeof digest>) => {
    if (++calls < 2) return digest(...of)
    crypto.subtle.digest = digest
    await held
    return digest(...of)
  }
  return go
}

test("an event needs its run's own token", async () => {
  const { id } = await scene.running()
  const canceled = { seq: 9, type: 'canceled' } as const
  expect(await scene.edit(id).report(1, 'another token', canceled)).toBe('unauthenticated')
  expect(await scene.statusOf(id)).toBe('running')
})

test('an event of an earlier attempt is stale', async () => {
  const { id, run } = await scene.running()
  const { token } = run.request.events
  await scene.report(id, { type: 'canceled' })
  await scene.universe.advance(6000)
  expect(await scene.statusOf(id)).toBe('dispatching')
  expect(await scene.edit(id).report(1, token, { seq: 9, type: 'canceled' })).toBe('stale')
})

test('an event is read against the edit as it is once the token is checked', async () => {
  const { id, run } = await scene.running()
  const { token } = run.request.events
  const late = (seq: number) => scene.edit(id).report(1, token, { seq, type: 'canceled' })
  const go = holdComparison()
  const first = late(9)
  for (let turn = 0; turn < 10; turn++) await null
  // Another event ends the attempt, and the next one begins.
  await late(8)
  await scene.universe.advance(6000)
  expect(rowOf(id).attempt).toBe(2)
  go()
  expect(await first).toBe('stale')
  expect(rowOf(id)).toMatchObject({ attempt: 2, losses: 1, status: 'dispatching' })
})

test('an event that arrives while the edit is canceled is stale', async () => {
  const { id, run } = await scene.running()
  const go = holdComparison()
  const event = { seq: 9, type: 'progress', step: 1, steps: 2 } as const
  const report = scene.edit(id).report(1, run.request.events.token, event)
  for (let turn = 0; turn < 10; turn++) await null
  await scene.edit(id).cancel()
  go()
  expect(await report).toBe('stale')
})

test('an event that is repeated changes nothing', async () => {
  const { id, run } = await scene.running()
  const { token } = run.request.events
  const event = { seq: 5, type: 'progress', step: 1, steps: 2 } as const
  for (let again = 0; again < 2; again++) await scene.edit(id).report(1, token, event)
  const storage = scene.universe.host('edit', `${ACCOUNT}/${id}`)?.storage
  const query = "SELECT COUNT(*) AS count FROM event WHERE type = 'progress'"
  expect(storage?.query(query)).toEqual([{ count: 1 }])
})

test('a result whose size is not what the worker reported is not charged', async () => {
  const { id } = await scene.running()
  await scene.succeed(id, { bytes: 7 })
  await scene.universe.advance(1)
  expect(await scene.statusOf(id)).not.toBe('succeeded')
})

test('a result that is no picture, or of another type, is not charged', async () => {
  const { id, run } = await scene.running()
  const key = new URL(run.request.result.url).pathname.slice('/blobs/'.length)
  const result = { width: 128, height: 96, bytes: 3 }
  scene.universe.bucket.set(key, { bytes: new Uint8Array(3), type: 'image/png' })
  await scene.report(id, { type: 'succeeded', result, timings: {} })
  expect(await scene.statusOf(id)).not.toBe('succeeded')

  const other = await scene.running()
  await scene.universe.advance(1)
  const otherKey = new URL(other.run.request.result.url).pathname.slice('/blobs/'.length)
  await scene.report(other.id, { type: 'progress', step: 1, steps: 2 })
  const name = [...scene.universe.runs.keys()].findLast((one) => one.includes(other.id)) ?? ''
  scene.universe.storeResult(name)
  const { bytes = new Uint8Array(0) } = scene.universe.bucket.get(otherKey) ?? {}
  scene.universe.bucket.set(otherKey, { bytes, type: 'text/html' })
  const claim = { width: 128, height: 96, bytes: bytes.length }
  await scene.report(other.id, { type: 'succeeded', result: claim, timings: {} })
  expect(await scene.statusOf(other.id)).not.toBe('succeeded')
})

test('an edit that is over is not canceled, and a deleted one is canceled first', async () => {
  const { id } = await scene.running()
  await scene.succeed(id)
  expect(await scene.edit(id).cancel()).toMatchObject({ rejection: { code: 'conflict' } })
  const open = await scene.create()
  await scene.edit(open.id).remove()
  expect(await scene.statusOf(open.id)).toBe('canceled')
  await scene.universe.advance(1000)
  expect((await scene.money()).held).toBe(0)
})

test('an edit that has not started is canceled for free, and one that has is charged', async () => {
  const { id } = await scene.running()
  await scene.edit(id).cancel()
  for (let i = 0; i < 2; i++) await scene.edit((await scene.create()).id).cancel()
  await scene.universe.advance(5000)
  expect(await scene.money()).toEqual({ balance: 9 * PRICE, held: 0 })
})

test('a run that does not end in its time is stopped, and the edit is tried again', async () => {
  const { id, run } = await scene.running()
  await scene.universe.advance(70_000)
  expect(rowOf(id)).toMatchObject({ attempt: 2, losses: 1 })
  expect(run.last).toBeNull()
})

test('an edit whose result cannot be read ends by its deadline, for free', async () => {
  const { id } = await scene.running()
  scene.universe.storage = 'fails'
  await scene.succeed(id).catch(() => {})
  await scene.universe.advance(280_000)
  expect(await scene.statusOf(id)).toBe('failed')
  expect(await scene.money()).toEqual(free)
})

test('an edit ends, whatever its worker does', async () => {
  const { id } = await scene.running()
  await scene.universe.advance(400_000)
  expect(await scene.statusOf(id)).toBe('failed')
  expect(await scene.money()).toEqual(free)
})

test('an edit that gets no slot expires, for free', async () => {
  scene.universe.mood = 'busy'
  const { id } = await scene.create()
  await scene.universe.advance(60_000)
  expect(await scene.statusOf(id)).toBe('expired')
  expect(await scene.money()).toEqual(free)
})

test('Cancel-After cancels', async () => {
  const { id } = await scene.create(undefined, { cancelAfter: 5000 })
  await scene.universe.advance(6000)
  expect(await scene.statusOf(id)).toBe('canceled')
})

test('an edit is tried three times', async () => {
  const { id } = await scene.running()
  for (let attempt = 1; attempt <= 3; attempt++) {
    await scene.report(id, { type: 'canceled' })
    await scene.universe.advance(11_000)
  }
  expect(await scene.statusOf(id)).toBe('failed')
  expect(await scene.money()).toEqual(free)
})

test('a result that a lost run has stored is taken', async () => {
  const { id } = await scene.running()
  const [name = ''] = scene.universe.runs.keys()
  scene.universe.storeResult(name)
  scene.universe.restartWorker()
  await scene.universe.advance(30_000)
  expect(await scene.statusOf(id)).toBe('succeeded')
})

test('a deleted edit keeps no words, and leaves nothing in the bucket', async () => {
  const { id } = await scene.running()
  await scene.succeed(id)
  await scene.edit(id).remove()
  expect(String(rowOf(id).accepted)).not.toContain('seven')
  expect(scene.stored()).toEqual([])
  await scene.universe.advance(1000)
  expect(scene.rows('SELECT metadata FROM edit')).toEqual([{ metadata: '{}' }])
})

test('a result that a late worker stores goes when the object does', async () => {
  const { id } = await scene.running()
  scene.universe.mood = 'unreachable'
  await scene.edit(id).remove()
  const [name = ''] = scene.universe.runs.keys()
  scene.universe.storeResult(name)
  expect(scene.stored()).toHaveLength(1)
  await scene.universe.advance(DAY)
  expect(scene.stored()).toEqual([])
  expect(await scene.statusOf(id)).toBe('gone')
})

test('photo and result go after the days that the operator set, and not before', async () => {
  const { id } = await scene.running()
  await scene.succeed(id)
  await scene.universe.advance(6 * DAY)
  expect(scene.stored()).toHaveLength(2)
  await scene.universe.advance(DAY + 60_000)
  expect(scene.stored()).toEqual([])
})

test('the webhook of an edit that is deleted while it is settled says nothing of its metadata', async () => {
  await listen()
  const { id } = await scene.running()
  // The account answers only after the edit was deleted.
  const settled = scene.universe.delay('edits.settle')
  await scene.edit(id).cancel()
  const time = scene.universe.advance(1000)
  await settled.asked
  await scene.edit(id).remove()
  settled.go()
  await time
  await scene.universe.advance(10_000)
  const [message] = scene.universe.heard
  expect(JSON.parse(message?.body ?? '{}').data.metadata).toEqual({})
})

test('an object stays as long as it has a message to send', async () => {
  await listen()
  scene.universe.receiver = 'away'
  const { id } = await scene.running()
  await scene.edit(id).remove()
  await scene.universe.advance(DAY / 4)
  expect(await scene.statusOf(id)).toBe('canceled')
  scene.universe.receiver = 'hears'
  await scene.universe.advance(3 * DAY)
  expect(scene.universe.heard).toHaveLength(1)
})

test('an edit that is handed over again goes on', async () => {
  const { id } = await scene.running()
  await scene.edit(id).create(JSON.parse(String(rowOf(id).accepted)))
  expect(await scene.statusOf(id)).toBe('running')
})
