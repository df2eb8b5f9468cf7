/** How many trials there are: for one person, and for all on a day. */

import { afterEach, beforeEach, expect, test } from 'vitest'
import { foldAddress, trialHolderOf } from '../../../../edge/access/sign-in.ts'
import { directoryObject } from '../../../../edge/objects/names.ts'
import { Universe } from '../../objects/universe.ts'

let universe: Universe
beforeEach(() => {
  universe = new Universe(null)
})
afterEach(() => universe.close())

const ask = async (account: string, address: string, perDay = 3) =>
  directoryObject(universe.env).trial(account, await trialHolderOf(foldAddress(address)), perDay)

test('a person has one trial, whatever the tag of their address', async () => {
  expect(await ask('a', 'me@example.org')).toBe(true)
  // A sign-in that was cut off is repeated.
  expect(await ask('a', 'me@example.org')).toBe(true)
  for (const same of ['me+1@example.org', 'Me+a+b@example.org', 'me+@example.org'])
    expect(await ask('b', same)).toBe(false)
  expect(await ask('c', 'me@example.com')).toBe(true)
  expect(await ask('d', '+1@example.com')).toBe(true)
})

test('there are so many trials on a day, and as many on the next', async () => {
  universe.now = Date.UTC(2024, 1, 1, 23)
  expect(await ask('a', 'a@example.org', 2)).toBe(true)
  expect(await ask('b', 'b@example.org', 2)).toBe(true)
  expect(await ask('c', 'c@example.org', 2)).toBe(false)
  // Those that were given stay.
  expect(await ask('b', 'b@example.org', 2)).toBe(true)
  universe.now = Date.UTC(2024, 1, 2)
  expect(await ask('d', 'd@example.org', 2)).toBe(true)
  expect(await ask('c', 'c@example.org', 2)).toBe(true)
  expect(await ask('e', 'e@example.org', 2)).toBe(false)
  expect(await ask('f', 'f@example.org', 0)).toBe(false)
})
