/** Streams that are read into memory of a share. */

import { expect, test } from 'vitest'
import { MemoryBudget } from '../../../edge/memory/budget.ts'
import { type Reading, readHeld } from '../../../edge/memory/held-bytes.ts'

const tooLarge = () => new Error('too large')

async function read(pieces: readonly number[][], reading: Partial<Reading> = {}) {
  const budget = new MemoryBudget(100, 1000)
  const share = await budget.take('me', 10)
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (const piece of pieces) controller.enqueue(Uint8Array.from(piece))
      controller.close()
    },
  })
  return { budget, held: readHeld(body, share, { length: null, limit: 5, tooLarge, ...reading }) }
}

test.each([
  ['of a known length', 5],
  ['of an unknown length', null],
  ['that ends early', 9],
] as const)('a stream %s is held in one buffer of its size, and then freed', async (_, length) => {
  const { budget, held: reading } = await read([[1, 2], [3], [4, 5]], { length, limit: 9 })
  const held = await reading
  expect([...held.bytes]).toEqual([1, 2, 3, 4, 5])
  expect([held.bytes.buffer.byteLength, budget.held]).toEqual([5, 10])
  const part = held.bytes.subarray(1)
  held.release()
  expect([part.length, budget.held]).toEqual([0, 0])
})

test('a copy takes the place of the bytes, which are freed', async () => {
  const { budget, held: reading } = await read([[1, 2, 3]])
  const held = await reading
  const before = held.bytes
  const copy = Uint8Array.from(before)
  held.replace(copy.subarray(1))
  expect([before.length, [...held.bytes], budget.held]).toEqual([0, [2, 3], 10])
  // Another part of the same copy changes nothing.
  held.replace(copy)
  expect([...held.bytes]).toEqual([2, 3])
  held.release()
  expect([copy.length, budget.held]).toEqual([0, 0])
})

test.each([
  ['more than the limit', { limit: 4 }],
  ['more than was said', { length: 4 }],
])('a stream of %s is an error, and gives the share back', async (_, reading) => {
  const { budget, held } = await read(
    [
      [1, 2, 3],
      [4, 5],
    ],
    reading,
  )
  await expect(held).rejects.toThrow('too large')
  expect(budget.held).toBe(0)
})

test('a stream that breaks off gives the share back', async () => {
  const budget = new MemoryBudget(100, 1000)
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('reset')),
  })
  const broken = () => new Error('it broke off')
  const reading = { length: null, limit: 5, tooLarge }
  const share = () => budget.take('me', 10)
  await expect(readHeld(body, await share(), { ...reading, broken })).rejects.toThrow('broke off')
  const other = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error('reset')),
  })
  await expect(readHeld(other, await share(), reading)).rejects.toThrow('reset')
  expect(budget.held).toBe(0)
})

test('a fault ends the reading of a stream of which nothing comes, and cancels it', async () => {
  const budget = new MemoryBudget(100, 1000)
  let canceled = false
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(Uint8Array.of(1, 2)),
    cancel: () => {
      canceled = true
    },
  })
  const fault = (arrived: number) => (arrived === 2 ? new Error('too slow') : null)
  const reading = { length: null, limit: 5, tooLarge, check: { ms: 1, fault } }
  await expect(readHeld(body, await budget.take('me', 5), reading)).rejects.toThrow('too slow')
  expect([budget.held, canceled]).toEqual([0, true])
})
