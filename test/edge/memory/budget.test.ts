/** Shares of the memory: who waits for whom, and for how long. */

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { MemoryBudget, type Share } from '../../../edge/memory/budget.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** Names of those that got their share, in this order. */
function shares(budget: MemoryBudget) {
  const got: string[] = []
  const take = (name: string, bytes: number, owner = name): Promise<Share> =>
    budget.take(owner, bytes).then((share) => {
      got.push(name)
      return share
    })
  return { got, take }
}
/** Everybody has looked whether it is their turn. */
const settled = () => vi.advanceTimersByTimeAsync(100)

test('a share waits until it fits, and later ones do not overtake it', async () => {
  const budget = new MemoryBudget(100, 1000)
  const { got, take } = shares(budget)
  const first = await take('first', 60)
  const second = await take('second', 30)
  void take('large', 50)
  void take('small', 5)
  await settled()
  expect([got, budget.held, budget.contended]).toEqual([['first', 'second'], 90, true])
  second.release()
  await settled()
  expect(got).toEqual(['first', 'second'])
  first.release()
  await settled()
  expect(got).toEqual(['first', 'second', 'large', 'small'])
  expect([budget.held, budget.contended]).toEqual([55, false])
})

test('one owner gets two thirds in several shares, and does not keep others waiting', async () => {
  const budget = new MemoryBudget(90, 1000)
  const { got, take } = shares(budget)
  const first = await take('mine 1', 30, 'me')
  void take('mine 2', 30, 'me')
  void take('mine 3', 1, 'me')
  void take('yours', 29, 'you')
  await settled()
  expect(got).toEqual(['mine 1', 'mine 2', 'yours'])
  first.release()
  await settled()
  expect(got.at(-1)).toBe('mine 3')
})

test('one share may be as large as the budget, and none larger', async () => {
  const budget = new MemoryBudget(100, 1000)
  expect((await budget.take('me', 100)).bytes).toBe(100)
  await expect(budget.take('me', 101)).rejects.toThrow('101 bytes are more than 100')
})

test('who waits too long is rejected with Retry-After, and those behind go on', async () => {
  const budget = new MemoryBudget(100, 1000)
  const { got, take } = shares(budget)
  await take('first', 60)
  const rejected = expect(take('large', 50)).rejects.toMatchObject({
    code: 'overloaded',
    status: 503,
    retryAfter: 5,
  })
  await vi.advanceTimersByTimeAsync(800)
  void take('small', 40)
  await settled()
  expect(got).toEqual(['first'])
  await settled()
  await settled()
  await rejected
  expect(got).toEqual(['first', 'small'])
})

test('a share is given back once', async () => {
  const budget = new MemoryBudget(100, 1000)
  const [first] = [await budget.take('a', 50), await budget.take('b', 50)]
  first.release()
  first.release()
  expect(budget.held).toBe(50)
})

test('the share of a request that ended without a word is taken back; one in use is not', async () => {
  const budget = new MemoryBudget(100, 200_000)
  const { got, take } = shares(budget)
  await take('forgotten', 50)
  const used = await take('used', 50)
  void take('waiting', 50)
  await vi.advanceTimersByTimeAsync(80_000)
  used.use()
  void take('next', 1)
  await settled()
  expect(got).toEqual(['forgotten', 'used'])
  await vi.advanceTimersByTimeAsync(20_000)
  expect([got, budget.held]).toEqual([['forgotten', 'used', 'waiting'], 100])
})

test('one that has gone while it waited gets nothing, and keeps nobody waiting', async () => {
  const budget = new MemoryBudget(100, 60_000)
  const { got, take } = shares(budget)
  const first = await take('first', 100)
  void take('gone', 100)
  await settled()
  // Its request was cut off: its timer never comes again.
  vi.clearAllTimers()
  first.release()
  vi.setSystemTime(Date.now() + 6000)
  void take('next', 100)
  await settled()
  expect([got, budget.contended]).toEqual([['first', 'next'], false])
})
