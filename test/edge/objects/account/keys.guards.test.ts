/** What keeps a key or client token within what it was given. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { PRICE } from '../creation.ts'
import { Scene } from '../scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

const created = async (...of: Parameters<Scene['create']>) => (await scene.create(...of)).outcome
const live = ['live', 'test'] as const

test('a closed account accepts nothing, even if it was closed while the edit was prepared', async () => {
  const moderate = () => scene.account.close()
  expect(await created(undefined, {}, { moderate })).toBe('unauthenticated')
  expect(await created()).toBe('unauthenticated')
})

test('a key that is revoked while its edit is prepared gets nothing', async () => {
  const moderate = async () => {
    await scene.account.keys().revoke('k', live)
  }
  expect(await created(undefined, {}, { moderate })).toBe('unauthenticated')
  expect(await scene.money()).toEqual({ balance: 10 * PRICE, held: 0 })
})

test('a key lasts no longer than the keys above it', async () => {
  await scene.addKey('parent', { expiresAt: scene.universe.now + 60_000 })
  await scene.addKey('child', { parent: 'parent' })
  await scene.addKey('revoked')
  await scene.addKey('orphan', { parent: 'revoked' })
  await scene.account.keys().revoke('revoked', live)
  expect(await created(scene.tenant('orphan'))).toBe('unauthenticated')
  expect(await created(scene.tenant('child'))).toBe('accepted')
  await scene.universe.advance(61_000)
  expect(await created(scene.tenant('child'))).toBe('unauthenticated')
})

test('a key needs its secret and its mode', async () => {
  for (const change of [{ hash: 'hash of x' }, { mode: 'test' as const }]) {
    expect(await scene.account.authenticate(scene.credential('key', 'k', change))).toBeNull()
  }
})

test('a key and a client token use at most the models that the operator allows their account', async () => {
  await scene.addClient('any', 'k')
  await scene.addClient('one', 'k', { models: ['embedded-fast', 'embedded'] })
  const models = async () => {
    const of = [scene.credential('key', 'k'), scene.credential('client', 'any')]
    const all = [...of, scene.credential('client', 'one')]
    return Promise.all(
      all.map(async (credential) => (await scene.account.authenticate(credential))?.models),
    )
  }
  expect(await models()).toEqual([null, null, ['embedded-fast', 'embedded']])
  await scene.account.allow(['instant', 'embedded'])
  expect(await models()).toEqual([['instant', 'embedded'], ['instant', 'embedded'], ['embedded']])
  await scene.account.allow(['instant'])
  expect(await models()).toEqual([['instant'], ['instant'], []])
  await scene.account.allow(null)
  expect(await models()).toEqual([null, null, ['embedded-fast', 'embedded']])
})

test('a client token ends by revocation, in time, and with its key', async () => {
  await scene.addKey('parent')
  await scene.addClient('a', 'k')
  await scene.addClient('b', 'k', { expiresAt: scene.universe.now + 60_000 })
  await scene.addClient('c', 'parent')
  await scene.account.clientTokens().revoke('a', live)
  await scene.account.keys().revoke('parent', live)
  expect(await created(scene.tenant('k', 'a'))).toBe('unauthenticated')
  expect(await created(scene.tenant('parent', 'c'))).toBe('unauthenticated')
  expect(await created(scene.tenant('k', 'b'))).toBe('accepted')
  await scene.universe.advance(61_000)
  expect(await created(scene.tenant('k', 'b'))).toBe('unauthenticated')
})

test('a key and a client token have at most the scopes of every key above them', async () => {
  await scene.addKey('reader', { scopes: ['edits:read'] })
  await scene.addKey('child', { parent: 'reader' })
  await scene.addClient('c', 'reader')
  const scopes = async (kind: 'key' | 'client', id: string) =>
    (await scene.account.authenticate(scene.credential(kind, id)))?.scopes
  expect(await scopes('key', 'child')).toEqual(['edits:read'])
  expect(await scopes('client', 'c')).toEqual(['edits:read'])
  expect(await created(scene.tenant('child'))).toBe('forbidden')
})

test('keys create keys eight levels deep, and no deeper', async () => {
  let parent = 'k'
  for (let depth = 1; depth < 8; depth++) {
    await scene.addKey(`k${depth}`, { parent })
    parent = `k${depth}`
  }
  await expect(scene.addKey('k8', { parent })).rejects.toThrow('forbidden')
})

test('a test key revokes nothing live', async () => {
  await scene.addClient('c', 'k')
  expect(await scene.account.keys().revoke('k', ['test'])).toHaveProperty('rejection')
  expect(await scene.account.clientTokens().revoke('c', ['test'])).toHaveProperty('rejection')
  expect(await created(scene.tenant('k', 'c'))).toBe('accepted')
})

test('a key creates so many edits a minute, together with the keys below it', async () => {
  await scene.addKey('parent', { ratePerMinute: 2 })
  await scene.addKey('child', { parent: 'parent' })
  expect(await created(scene.tenant('child'))).toBe('accepted')
  expect(await created(scene.tenant('parent'))).toBe('accepted')
  expect(await created(scene.tenant('parent'))).toBe('rate_limited')
  expect(await created(scene.tenant('child'))).toBe('rate_limited')
})

test('a key spends so much a month, together with the keys below it', async () => {
  await scene.addKey('parent', { spendPerMonth: 2 * PRICE })
  await scene.addKey('child', { parent: 'parent' })
  expect(await created(scene.tenant('child'))).toBe('accepted')
  expect(await created(scene.tenant('parent'))).toBe('accepted')
  expect(await created(scene.tenant('parent'))).toBe('spend_limit')
  expect(await created(scene.tenant('child'))).toBe('spend_limit')
  scene.universe.now += 31 * 86_400_000
  expect(await created(scene.tenant('child'))).toBe('accepted')
})

test('of two edits that are prepared at the same time, one gets what is left of a limit', async () => {
  await scene.addKey('limited', { spendPerMonth: PRICE })
  const moderate = async () => {
    for (let turn = 0; turn < 100; turn++) await null
  }
  const both = [0, 1].map(() => created(scene.tenant('limited'), {}, { moderate }))
  expect((await Promise.all(both)).sort()).toEqual(['accepted', 'spend_limit'])
})

test('a release in a later month gives back nothing of it', async () => {
  await scene.addKey('limited', { spendPerMonth: 2 * PRICE })
  const first = await scene.create(scene.tenant('limited'))
  scene.universe.now += 31 * 86_400_000
  await scene.create(scene.tenant('limited'))
  await scene.edit(first.id).cancel()
  await scene.universe.advance(5000)
  expect(scene.rows("SELECT spent FROM api_key WHERE id = 'limited'")).toEqual([{ spent: PRICE }])
})

test('a client token has its own number of edits and its own money', async () => {
  await scene.addClient('few', 'k', { edits: 1 })
  await scene.addClient('poor', 'k', { maxSpend: PRICE })
  for (const name of ['few', 'poor']) {
    expect(await created(scene.tenant('k', name))).toBe('accepted')
    expect(await created(scene.tenant('k', name))).toBe('spend_limit')
  }
})

test('a client token gets failed edits back five times', async () => {
  await scene.addClient('c', 'k', { edits: 1 })
  const outcomes: string[] = []
  for (let i = 0; i < 7; i++) {
    const { outcome, id } = await scene.create(scene.tenant('k', 'c'))
    outcomes.push(outcome)
    if (outcome === 'accepted') await scene.edit(id).cancel()
    await scene.universe.advance(5000)
  }
  expect(outcomes).toEqual([...new Array(6).fill('accepted'), 'spend_limit'])
})

test('a client token finds its own uploads, and no other', async () => {
  const upload = {
    id: 'upl_1',
    client: 'a',
    contentType: 'image/png',
    bytes: 1,
    expiresAt: 1,
  } as const
  await scene.account
    .uploads()
    .create(null, '', { ...upload, expiresAt: scene.universe.now + 1000 })
  expect(await scene.account.uploads().get('upl_1', 'b')).toBeNull()
  expect(await scene.account.uploads().get('upl_1', 'a')).toMatchObject({ client: 'a' })
  expect(await scene.account.uploads().get('upl_1', null)).toMatchObject({ client: 'a' })
})
