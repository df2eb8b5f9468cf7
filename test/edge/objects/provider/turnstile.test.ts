import { expect, test } from 'vitest'
import { Turnstile } from '../../../../edge/objects/provider/turnstile.ts'

test('a thousand edits that are turned away at once come back over ten seconds', () => {
  const turnstile = new Turnstile()
  const times = Array.from({ length: 1000 }, () => turnstile.next(50_000))
  expect(times[0]).toBe(50_000)
  expect(times.at(-1)).toBe(50_000 + 9990)
  for (let second = 0; second < 10; second++)
    expect(times.filter((at) => Math.floor((at - 50_000) / 1000) === second)).toHaveLength(100)
})

test('nobody waits for those who have come back already', () => {
  const turnstile = new Turnstile()
  turnstile.next(1000)
  expect(turnstile.next(5000)).toBe(5000)
})
