import { expect, test } from 'vitest'
import { lanes } from '../../../../edge/rpc/provider.ts'
import { Standings } from '../../../../edge/use-cases/edits/admission/standings.ts'

const asking = {
  account: 'a',
  credential: 'k',
  lane: lanes.key,
  model: 'embedded-fast',
  price: 10,
} as const
const standing = { money: 35, creates: 9, mayOpen: 9, open: 4 }
const NOW = 1_000_000

function knowing(change: Partial<typeof standing> = {}): Standings {
  const standings = new Standings()
  standings.learn(asking, { ...standing, ...change }, NOW)
  return standings
}

test('an edit fits that is within money, rate and open edits, together with those on their way', () => {
  const standings = knowing()
  // Three of ten each from 35.
  expect([0, 1, 2, 3].map((onTheirWay) => standings.openIfFits(asking, onTheirWay, NOW))).toEqual([
    4,
    4,
    4,
    null,
  ])
  expect(knowing({ creates: 1 }).openIfFits(asking, 1, NOW)).toBeNull()
  expect(knowing({ mayOpen: 1 }).openIfFits(asking, 1, NOW)).toBeNull()
  expect(knowing({ creates: 0 }).openIfFits(asking, 0, NOW)).toBeNull()
})

test('what is known of another caller, lane or model says nothing', () => {
  const standings = knowing()
  const others = [
    { account: 'b' },
    { credential: 'l' },
    { lane: lanes.client },
    { model: 'embedded' as const },
  ]
  for (const change of others)
    expect(standings.openIfFits({ ...asking, ...change }, 0, NOW)).toBeNull()
})

test('it is believed for half a minute, and until a create comes to nothing', () => {
  const standings = knowing()
  expect(standings.openIfFits(asking, 0, NOW + 30_000)).toBe(4)
  expect(standings.openIfFits(asking, 0, NOW + 30_001)).toBeNull()
  standings.forget(asking)
  expect(standings.openIfFits(asking, 0, NOW)).toBeNull()
})
