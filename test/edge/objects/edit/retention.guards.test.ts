/** An edit that is not to be kept for long deletes itself: what came with it, and nothing before. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { openResult } from '../../../../edge/use-cases/edits/change-edit.ts'
import { listEdits, readEdit } from '../../../../edge/use-cases/edits/read-edit.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import type { EditError } from '../../../../shared/errors.ts'
import { PRICE } from '../creation.ts'
import { Scene } from '../scene.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const kept = (retention?: string) => ({
  settings: EditSettings.parse({
    drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
    model: 'embedded-fast',
    steps: 2,
    metadata: { shelf: 'seven' },
    ...(retention !== undefined && { retention }),
  }),
})

/** An edit that has succeeded and is settled. */
async function succeeded(retention?: string): Promise<string> {
  const { id } = await scene.create(undefined, kept(retention))
  await scene.universe.advance(1000)
  await scene.report(id, { type: 'started' })
  await scene.succeed(id)
  await scene.universe.advance(1000)
  return id
}

const codeOf = (id: string) =>
  readEdit(scene.tenant(), id).then(
    ({ status }) => status as string,
    (error: EditError) => error.code,
  )
/** What is left of the account's one edit. */
const left = async () => ({
  stored: scene.stored().length,
  rows: scene.rows('SELECT metadata FROM edit'),
  listed: (await listEdits(scene.tenant(), 10, null, {})).edits.length,
})
const GONE = { stored: 0, rows: [{ metadata: '{}' }], listed: 0 }
const THERE = { stored: 2, rows: [{ metadata: '{"shelf":"seven"}' }], listed: 1 }

test('an edit deletes itself when its time is over, as if by DELETE, and is paid all the same', async () => {
  const id = await succeeded('6h')
  await scene.universe.advance(6 * HOUR - 5000)
  expect([await codeOf(id), await left()]).toEqual(['succeeded', THERE])
  expect((await readEdit(scene.tenant(), id)).keptUntil).toBe(scene.universe.now + 4000)
  await scene.universe.advance(10_000)
  expect([await codeOf(id), await left()]).toEqual(['gone', GONE])
  await scene.universe.advance(24 * HOUR)
  expect([await scene.statusOf(id), await codeOf(id)]).toEqual(['gone', 'gone'])
  expect(await scene.money()).toEqual({ balance: 9 * PRICE, held: 0 })
})

test('one without a time of its own stays', async () => {
  const id = await succeeded()
  await scene.universe.advance(3 * 24 * HOUR)
  expect([await codeOf(id), await left()]).toEqual(['succeeded', THERE])
  expect((await readEdit(scene.tenant(), id)).keptUntil).toBeNull()
})

test('nothing is kept of one with none: gone soon after its result was sent, else within an hour', async () => {
  const id = await succeeded('none')
  await scene.universe.advance(59 * MINUTE)
  expect([await codeOf(id), await left()]).toEqual(['succeeded', THERE])
  await scene.universe.advance(2 * MINUTE)
  expect([await codeOf(id), await left()]).toEqual(['gone', GONE])
})

test('one with none stays for another try after its result was sent, and no longer', async () => {
  const id = await succeeded('none')
  await scene.universe.advance(5 * MINUTE)
  const { sent } = await openResult(scene.tenant(), id, scene.universe.env.BUCKET)
  // Opened is not sent.
  await scene.universe.advance(5 * MINUTE)
  expect(await codeOf(id)).toBe('succeeded')
  await sent?.()
  await scene.universe.advance(50_000)
  expect((await openResult(scene.tenant(), id, scene.universe.env.BUCKET)).object.size).toBe(40)
  await sent?.()
  // The last of several counts no more than the first.
  await scene.universe.advance(11_000)
  expect([await codeOf(id), await left()]).toEqual(['gone', GONE])
})

test('a fetch ends no other edit sooner', async () => {
  for (const retention of [undefined, '6h']) {
    const id = await succeeded(retention)
    expect((await openResult(scene.tenant(), id, scene.universe.env.BUCKET)).sent).toBeNull()
    await scene.edit(id).fetched()
    await scene.universe.advance(HOUR)
    expect(await codeOf(id)).toBe('succeeded')
  }
})

test('one that failed goes too; its webhook has nothing but what it was labelled with', async () => {
  const events = ['edit.canceled'] as const
  const sealed = 'AAAA.d2hzZWNfQUFBQQ'
  await scene.account
    .webhooks()
    .create(null, '', { id: 'w', url: 'https://hooks.example/', events, sealed })
  scene.universe.receiver = 'away'
  const { id } = await scene.create(undefined, kept('1h'))
  await scene.universe.advance(1000)
  await scene.edit(id).cancel()
  await scene.universe.advance(HOUR + 1000)
  expect([await codeOf(id), await left()]).toEqual(['gone', GONE])
  // A message that was on its way so long tells of the end, and of nothing else.
  scene.universe.receiver = 'hears'
  await scene.universe.advance(3 * HOUR)
  const [message] = scene.universe.heard.map(({ body }) => JSON.parse(body).data)
  expect(message).toEqual({ id, status: 'canceled', cost: 0, currency: 'USD', metadata: {} })
})

test('an account that cannot be reached keeps no edit alive; it is told later', async () => {
  scene.universe.blocked = 'edits.settle'
  const { id } = await scene.create(undefined, kept('none'))
  await scene.universe.advance(1000)
  await scene.report(id, { type: 'started' })
  await scene.succeed(id)
  await scene.edit(id).fetched()
  await scene.universe.advance(2 * MINUTE)
  expect(scene.stored()).toEqual([])
  scene.universe.blocked = null
  await scene.universe.advance(20 * MINUTE)
  expect([await codeOf(id), await left()]).toEqual(['gone', GONE])
  expect(await scene.money()).toEqual({ balance: 9 * PRICE, held: 0 })
})

test('nobody is promised more than the operator keeps', async () => {
  expect((await scene.create(undefined, kept('8d'))).outcome).toBe('invalid_option')
  expect((await scene.create(undefined, kept('169h'))).outcome).toBe('invalid_option')
  expect((await scene.create(undefined, kept('7d'))).outcome).toBe('accepted')
  for (const odd of ['0h', '1w', '5', 'never', '1000h', '']) expect(() => kept(odd)).toThrow('1h')
})
