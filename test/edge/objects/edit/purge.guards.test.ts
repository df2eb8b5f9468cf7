/** The bucket fails while an edit is deleted: what it has not deleted goes soon after it works again. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { deleteEdit } from '../../../../edge/use-cases/edits/change-edit.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { PRICE } from '../creation.ts'
import { Scene } from '../scene.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let scene: Scene
beforeEach(async () => {
  vi.spyOn(console, 'error').mockReturnValue()
  scene = await Scene.open()
  const hook = { id: 'w', url: 'https://hooks.example/', sealed: 'AAAA.d2hzZWNfQUFBQQ' }
  await scene.account
    .webhooks()
    .create(null, '', { ...hook, events: ['edit.succeeded', 'edit.canceled'] })
  scene.universe.receiver = 'away'
})
afterEach(() => {
  scene.close()
  vi.restoreAllMocks()
})

/** An edit that has succeeded and is settled, while its webhook fails for days. */
async function succeeded(retention?: string): Promise<string> {
  const fields = {
    drags: [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }],
    model: 'embedded-fast',
    steps: 2,
    ...(retention !== undefined && { retention }),
  }
  const { id } = await scene.create(undefined, { settings: EditSettings.parse(fields) })
  await scene.universe.advance(1000)
  await scene.report(id, { type: 'started' })
  await scene.succeed(id)
  await scene.universe.advance(1000)
  return id
}
const outcomeOf = (work: Promise<void>) =>
  work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? 'failed',
  )

test('an edit that deletes itself is purged again, though its webhook still fails', async () => {
  const id = await succeeded('1h')
  scene.universe.storage = 'fails'
  await scene.universe.advance(HOUR + MINUTE)
  expect(scene.stored()).toHaveLength(2)
  scene.universe.storage = 'works'
  await scene.universe.advance(MINUTE)
  expect(scene.stored()).toEqual([])
  expect(await scene.statusOf(id)).toBe('succeeded')
})

test('so is one that was deleted, at the next DELETE or by itself', async () => {
  const id = await succeeded()
  scene.universe.storage = 'fails'
  const remove = () => outcomeOf(deleteEdit(scene.tenant(), id))
  expect([await remove(), await remove()]).toEqual(['failed', 'failed'])
  scene.universe.storage = 'works'
  expect([await remove(), scene.stored()]).toEqual(['done', []])
  expect(await remove()).toBe('gone')

  const other = await succeeded()
  scene.universe.storage = 'fails'
  expect(await outcomeOf(deleteEdit(scene.tenant(), other))).toBe('failed')
  await scene.universe.advance(HOUR)
  expect(scene.stored()).toHaveLength(2)
  scene.universe.storage = 'works'
  await scene.universe.advance(MINUTE)
  expect(scene.stored()).toEqual([])
})

test('a bucket that fails holds up neither the settlement nor the webhook', async () => {
  const id = await succeeded('1h')
  scene.universe.storage = 'fails'
  await scene.universe.advance(2 * HOUR)
  // Three times a minute, and not at once again.
  const failures = vi.mocked(console.error).mock.calls.length
  expect(failures).toBeGreaterThan(120)
  expect(failures).toBeLessThan(190)
  expect(scene.rows('SELECT deletedAt FROM edit')).toEqual([{ deletedAt: expect.any(Number) }])
  scene.universe.receiver = 'hears'
  await scene.universe.advance(5 * HOUR)
  expect(scene.universe.heard.map(({ body }) => JSON.parse(body).data)).toMatchObject([
    { id, status: 'succeeded', metadata: {} },
  ])
  expect(await scene.money()).toEqual({ balance: 9 * PRICE, held: 0 })
})

test('a late result goes too while the webhook fails', async () => {
  const { id } = await scene.running()
  // A worker that does not hear that the edit was cancelled.
  scene.universe.mood = 'unreachable'
  await deleteEdit(scene.tenant(), id)
  scene.universe.storeResult([...scene.universe.runs.keys()][0] ?? '')
  expect(scene.stored()).toHaveLength(1)
  await scene.universe.advance(10 * MINUTE)
  expect(scene.stored()).toEqual([])
})
