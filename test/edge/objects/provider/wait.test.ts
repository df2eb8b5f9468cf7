/** How long a new edit would wait, by hand. */

import { describe, expect, test } from 'vitest'
import {
  aheadOf,
  aheadOfNew,
  secondsOfWait,
  testSlots,
} from '../../../../edge/objects/provider/wait.ts'
import { lanes, type QueueStatus } from '../../../../edge/rpc/provider.ts'

const empty = { waiting: 0, accounts: 0, taken: 0 }
const queue = (change: Partial<QueueStatus> = {}): QueueStatus => ({
  slots: 1,
  lanes: [empty, empty, empty],
  secondsPerRun: 4,
  secondsPerTestRun: 20,
  ...change,
})

test.each([
  [1, 1],
  [7, 1],
  [8, 2],
  [50, 12],
])('of %i slots, test runs hold at most %i', (slots, most) => {
  expect(testSlots(slots)).toBe(most)
})

describe('how many come before a new edit', () => {
  const crowded = { waiting: 4000, accounts: 3, taken: 1 }

  test('is what accounts get in turn, not the length of a queue that one of them fills', () => {
    expect(aheadOfNew(crowded, 0)).toBe(3)
    expect(aheadOfNew({ ...crowded, waiting: 2 }, 0)).toBe(2)
  })

  test('is at least what the account itself has open, also before that has joined the queue', () => {
    expect(aheadOfNew(empty, 60)).toBe(60)
    expect(aheadOfNew({ ...empty, taken: 1 }, 60)).toBe(59)
  })

  test('is every live edit for a test edit, and no test edit for a live one', () => {
    const all = [
      { ...empty, waiting: 5 },
      { ...empty, waiting: 2 },
      { ...empty, waiting: 90 },
    ]
    expect(aheadOf(all, lanes.test, 1)).toBe(8)
    // One client token's edit after each three of account keys.
    expect(aheadOf(all, lanes.key, 5)).toBe(6)
    expect(aheadOf(all, lanes.client, 0)).toBe(3)
    expect(aheadOf(all, lanes.client, 1)).toBe(6)
  })
})

describe('the wait in seconds', () => {
  test('is 0 while nothing was measured, however long the queue is', () => {
    const lanesNow = [{ waiting: 900, accounts: 9, taken: 1 }, empty, empty]
    const status = queue({ lanes: lanesNow, secondsPerRun: 0 })
    expect(secondsOfWait(status, lanes.key, 900)).toBe(0)
  })

  test('is 0 where a slot is free, also one that a test run holds', () => {
    expect(secondsOfWait(queue(), lanes.key, 0)).toBe(0)
    const testing = queue({ lanes: [empty, empty, { ...empty, taken: 1 }] })
    expect(secondsOfWait(testing, lanes.key, 0)).toBe(0)
    expect(secondsOfWait(testing, lanes.test, 0)).toBe(20)
  })

  test('is a run for each that comes first, over all slots', () => {
    const running = [{ waiting: 9, accounts: 1, taken: 3 }, empty, empty]
    // Nine and itself, four seconds each, three at a time.
    expect(secondsOfWait(queue({ slots: 3, lanes: running }), lanes.key, 9)).toBeCloseTo(40 / 3)
    // All nine on three slots, then one test run's time in the one slot of the test lane.
    expect(secondsOfWait(queue({ slots: 3, lanes: running }), lanes.test, 1)).toBeCloseTo(
      36 / 3 + 20,
    )
  })
})
