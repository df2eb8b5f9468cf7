/** What keeps a provider's slots to those who use them. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { lanes, type ProviderRpc } from '../../../../edge/rpc/provider.ts'
import { Scene } from '../scene.ts'

let scene: Scene
let spare: ProviderRpc
beforeEach(async () => {
  scene = await Scene.open()
  // One slot.
  spare = scene.provider('two')
})
afterEach(() => scene.close())

const ask = async (edit: string) => {
  const ticket = {
    edit: `aaaaaaaaaaaa/${edit}`,
    account: 'aaaaaaaaaaaa',
    region: 'auto',
    lane: lanes.key,
  }
  return (await spare.request('two', ticket)).answer
}

test('a provider has as many slots as it says', async () => {
  expect([await ask('a'), await ask('b')]).toEqual(['granted', 'wait'])
})

test('a slot that nobody uses goes to the next', async () => {
  await ask('a')
  await ask('b')
  await scene.universe.advance(19_000)
  expect(await ask('b')).toBe('wait')
  await scene.universe.advance(2000)
  expect(await ask('b')).toBe('granted')
})

test('a run whose slot was never given back loses it after its time', async () => {
  await ask('a')
  await spare.accepted('aaaaaaaaaaaa/a', scene.universe.now + 60_000)
  await scene.universe.advance(80_000)
  expect(await ask('b')).toBe('wait')
  await scene.universe.advance(20_000)
  expect(await ask('b')).toBe('granted')
})

test('nothing is sent after five faults, and then one run at a time', async () => {
  for (let fault = 0; fault < 5; fault++) await spare.fault()
  expect(await ask('a')).toBe('open')
  expect(await spare.requestMask('two', 'm')).toMatchObject({ answer: 'open' })
})

test('a provider that asked for a pause gets it', async () => {
  await ask('a')
  await spare.busy('aaaaaaaaaaaa/a', 30)
  expect(await ask('a')).toBe('wait')
  await scene.universe.advance(31_000)
  expect(await ask('a')).toBe('granted')
})

test('masks take no more slots than there are', async () => {
  expect(await spare.requestMask('two', 'm')).toEqual({ answer: 'granted' })
  expect(await spare.requestMask('two', 'n')).toEqual({ answer: 'full' })
  await scene.universe.advance(61_000)
  expect(await spare.requestMask('two', 'n')).toEqual({ answer: 'granted' })
})
