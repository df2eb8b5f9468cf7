/** A key hands on no more than it has. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Mode, Scope } from '../../../../edge/access/keys.ts'
import {
  CreateClientToken,
  createClientToken,
} from '../../../../edge/use-cases/account/client-tokens.ts'
import { CreateKey, createKey, revocable } from '../../../../edge/use-cases/account/keys.ts'
import type { Creation } from '../../../../edge/use-cases/idempotency.ts'
import type { EditError } from '../../../../shared/errors.ts'
import { Scene } from '../../objects/scene.ts'

let scene: Scene
beforeEach(async () => {
  scene = await Scene.open()
})
afterEach(() => scene.close())

function creation(scopes: readonly Scope[], mode: Mode = 'live'): Creation {
  const credential = scene.credential('key', 'k', { mode })
  const { caller, account } = scene.tenant('k', null, { scopes, credential })
  const request = { key: 'a', scope: 's', holder: 'h' }
  return { caller, account, request, sealingSecret: 'secret' }
}
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: EditError) => error.code,
  )

test('a key grants no scope that it lacks', async () => {
  const { peppers } = scene.tenant()
  const order = CreateKey.parse({ mode: 'live', scopes: ['edits:write'] })
  expect(await codeOf(createKey(creation(['keys:write']), order, peppers))).toBe('forbidden')
  const token = CreateClientToken.parse({})
  const reader = creation(['keys:write', 'edits:read'])
  expect(await codeOf(createClientToken(reader, token, peppers))).toBe('forbidden')
})

test('a test key creates no live key, and revokes none', async () => {
  const { peppers } = scene.tenant()
  const order = CreateKey.parse({ mode: 'live', scopes: ['edits:read'] })
  const tester = creation(['keys:write', 'edits:read'], 'test')
  expect(await codeOf(createKey(tester, order, peppers))).toBe('forbidden')
  expect(revocable('test')).toEqual(['test'])
})

test('a key that another creates is its child', async () => {
  const { peppers } = scene.tenant()
  const order = CreateKey.parse({ mode: 'live', scopes: ['edits:read'] })
  await createKey(creation(['keys:write', 'edits:read']), order, peppers)
  const parents = (await scene.account.keys().list()).map(({ parent }) => parent)
  expect(parents.sort()).toEqual(['k', null])
})
