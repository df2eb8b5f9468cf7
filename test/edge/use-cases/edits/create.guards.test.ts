/** What keeps a create, and a reader, within what the caller may do; and what becomes of the photo. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { unwrap } from '../../../../edge/rpc/outcome.ts'
import { Standings } from '../../../../edge/use-cases/edits/admission/standings.ts'
import { deleteEdit, openResult } from '../../../../edge/use-cases/edits/change-edit.ts'
import { listEdits, readEdit } from '../../../../edge/use-cases/edits/read-edit.ts'
import { EditSettings } from '../../../../shared/edit/settings.ts'
import { EditError } from '../../../../shared/errors.ts'
import { ACCOUNT, PRICE } from '../../objects/creation.ts'
import { Scene } from '../../objects/scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const drags = [{ handle: { x: 40, y: 40 }, target: { x: 88, y: 40 } }]
const asked = (change: object) => ({
  settings: EditSettings.parse({ drags, model: 'embedded-fast', steps: 2, ...change }),
})
/** Fails after its account could have been asked. */
const tooDear = asked({ maxCost: 0 })
const photos = () => scene.stored().filter((key) => key.startsWith('in/'))
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: EditError) => error.code,
  )

test('a photo is there before its edit is accepted', async () => {
  let before = 0
  const moderate = async () => {
    before = photos().length
  }
  expect((await scene.create(undefined, {}, { moderate })).outcome).toBe('accepted')
  expect([before, photos().length]).toEqual([1, 1])
})

test('a photo whose edit is rejected goes', async () => {
  const moderate = () => scene.account.close()
  await scene.create(undefined, {}, { moderate })
  expect(photos()).toEqual([])
})

test('a photo that moderation rejects goes, and the request may be sent again at once', async () => {
  const request = (holder: string) => ({ request: { key: 'a', scope: 's', holder } })
  const moderate = () => Promise.reject(new EditError('blocked', 'no'))
  expect((await scene.create(undefined, request('1'), { moderate })).outcome).toBe('blocked')
  expect(photos()).toEqual([])
  expect((await scene.create(undefined, request('2'))).outcome).toBe('accepted')
})

test('of equal requests that both got in, the second leaves no photo', async () => {
  const request = { request: { key: 'a', scope: 's', holder: 'h' } }
  const both = await Promise.all([0, 1].map(() => scene.create(undefined, request)))
  expect(both.map(({ outcome }) => outcome).sort()).toEqual(['accepted', 'replayed'])
  expect(photos()).toHaveLength(1)
})

test('an accept whose answer is lost keeps its photo, and the same request finds its edit', async () => {
  const request = { request: { key: 'a', scope: 's', holder: 'h' } }
  const lost = scene.universe.lose('edits.accept')
  await expect(scene.create(undefined, request)).rejects.toThrow('was lost')
  expect(lost()).toBe(true)
  expect(photos()).toHaveLength(1)
  const again = await scene.create(undefined, request)
  expect(again.outcome).toBe('replayed')
  await scene.universe.advance(3000)
  expect(await scene.statusOf(again.id)).toBe('dispatching')
})

test('a photo that cannot be stored holds nothing', async () => {
  scene.universe.storage = 'fails'
  await expect(scene.create()).rejects.toThrow('the bucket failed')
  expect((await scene.money()).held).toBe(0)
})

test('a photo that is kept by a bucket that fails goes', async () => {
  scene.universe.storage = 'forgets'
  await expect(scene.create()).rejects.toThrow('it forgot')
  expect(photos()).toEqual([])
})

test('a create that asks nobody is counted, also where it fails', async () => {
  await scene.addKey('r', { ratePerMinute: 3 })
  const standings = new Standings()
  const create = async (order: Parameters<Scene['create']>[1] = {}) =>
    (await scene.create(scene.tenant('r'), order, { standings })).outcome
  const asked = scene.universe.count('edits.admit')
  expect(await create()).toBe('accepted')
  expect(await create()).toBe('accepted')
  // The first asked; what it was told was enough for the second.
  expect(asked()).toBe(1)
  expect(await create(tooDear)).toBe('spend_limit')
  expect(await create()).toBe('rate_limited')
  await scene.universe.advance(60_000)
  expect(await create()).toBe('accepted')
})

test('a repeated request finds its edit, although nobody was asked before its photo was stored', async () => {
  const standings = new Standings()
  const request = { request: { key: 'a', scope: 's', holder: 'h' } }
  const { id } = await scene.create(undefined, request, { standings })
  const asked = scene.universe.count('edits.admit')
  expect(await scene.create(undefined, request, { standings })).toEqual({ outcome: 'replayed', id })
  expect(asked()).toBe(0)
  const failing = { ...request, ...tooDear }
  const again = await scene.create(undefined, failing, { standings })
  expect(again).toEqual({ outcome: 'replayed', id })
  expect(photos()).toHaveLength(1)
})

test('an account knows its open edits, also those that it counted before', async () => {
  const admission = {
    credential: scene.credential('key', 'k'),
    model: 'embedded-fast' as const,
    once: null,
    lease: false,
    price: 0,
  }
  const open = async () => unwrap(await scene.account.edits().admit(admission)).open
  const { id } = await scene.create()
  expect(await open()).toBe(1)
  await scene.create()
  expect(await open()).toBe(2)
  await scene.edit(id).cancel()
  await scene.universe.advance(1)
  expect(await open()).toBe(1)
  scene.universe.crash('account', ACCOUNT)
  expect(await open()).toBe(1)
})

test('maxCost, the steps of a client token and its models are kept', async () => {
  const limited = (change: object) => scene.tenant('k', 'c', change)
  await scene.addClient('c', 'k', { edits: 9 })
  const outcome = async (...of: Parameters<Scene['create']>) => (await scene.create(...of)).outcome
  expect(await outcome(undefined, asked({ maxCost: PRICE - 1 }))).toBe('spend_limit')
  expect(await outcome(limited({ maxSteps: 1 }), asked({ steps: 2 }))).toBe('forbidden')
  expect(await outcome(limited({ models: ['embedded'] }))).toBe('forbidden')
  expect(await outcome(limited({ maxSteps: 2, models: ['embedded-fast'] }))).toBe('accepted')
})

test('a test key runs computed backbones only, and so much work', async () => {
  await scene.addKey('t', { mode: 'test' })
  const credential = scene.credential('key', 't', { mode: 'test' })
  const outcome = async (change: object, testPasses = 1) => {
    const pricing = {
      list: {
        'embedded-fast': { base: PRICE, perStepMegapixel: 0 },
        'flux1-kontext-dev': { base: PRICE, perStepMegapixel: 0 },
      },
      version: 'v',
      testPasses,
    }
    const served = ['embedded-fast', 'flux1-kontext-dev'] as const
    const services = { pricing, served }
    return (await scene.create(scene.tenant('t', null, { credential }), asked(change), services))
      .outcome
  }
  expect(await outcome({ model: 'flux1-kontext-dev' }, 1000)).toBe('forbidden')
  expect(await outcome({}, 0.001)).toBe('forbidden')
  expect(await outcome({})).toBe('accepted')
  expect(await scene.money()).toEqual({ balance: 10 * PRICE, held: 0 })
})

test('a live key needs an Idempotency-Key', async () => {
  const request = { key: null, scope: 's', holder: 'h' }
  expect((await scene.create(undefined, { request })).outcome).toBe('idempotency_key_missing')
})

test('a model that no worker serves is not sold', async () => {
  expect((await scene.create(undefined, {}, { served: [] })).outcome).toBe('model_unavailable')
})

test('a client token fetches no URL', async () => {
  await scene.addClient('c', 'k')
  const image = { url: 'https://photos.example/1.png' }
  let fetched = 0
  const fetchImage = async () => {
    fetched++
    throw new EditError('image_unreadable', 'no')
  }
  await scene.create(scene.tenant('k', 'c'), { image }, { fetchImage })
  expect(fetched).toBe(0)
})

test('a client token finds its own edits, running or over, and no other', async () => {
  await scene.addClient('a', 'k')
  await scene.addClient('b', 'k')
  const { id } = await scene.create(scene.tenant('k', 'a'))
  const other = scene.tenant('k', 'b')
  expect(await codeOf(readEdit(scene.tenant('k', 'a'), id))).toBe('ok')
  expect(await codeOf(readEdit(other, id))).toBe('not_found')
  await scene.edit(id).cancel()
  await scene.universe.advance(9 * 86_400_000)
  expect(await scene.statusOf(id)).toBe('gone')
  expect(await codeOf(readEdit(other, id))).toBe('not_found')
})

test('an id that is not ours wakes no object', async () => {
  const forged = `edit_${'0'.repeat(48)}`
  expect(await codeOf(readEdit(scene.tenant(), forged))).toBe('not_found')
  expect(scene.universe.host('edit', `aaaaaaaaaaaa/${forged}`)).toBeUndefined()
})

test('a deleted edit is gone for readers and lists, with and without its object', async () => {
  const { id } = await scene.running()
  await scene.succeed(id)
  await scene.universe.advance(1000)
  await scene.edit(id).remove()
  expect(await codeOf(readEdit(scene.tenant(), id))).toBe('gone')
  expect(await codeOf(openResult(scene.tenant(), id, scene.universe.env.BUCKET))).toBe('gone')
  // The request that deleted it died before it told the account: the edit does.
  await scene.universe.advance(300_000)
  expect((await listEdits(scene.tenant(), 10, null, {})).edits).toEqual([])
  await scene.universe.advance(86_400_000)
  expect(await scene.statusOf(id)).toBe('gone')
  expect(await codeOf(readEdit(scene.tenant(), id))).toBe('gone')
})

test('an edit that has no object yet is not deleted in name only', async () => {
  scene.universe.blocked = 'create'
  const { id } = await scene.create()
  expect(await codeOf(deleteEdit(scene.tenant(), id))).toBe('internal')
  expect(scene.rows('SELECT deletedAt FROM edit')).toEqual([{ deletedAt: null }])
  scene.universe.blocked = null
  expect(await codeOf(deleteEdit(scene.tenant(), id))).toBe('ok')
  expect(await scene.statusOf(id)).toBe('canceled')
})
