import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Demand, divide } from '../../../../edge/objects/provider/divide.ts'

/** One slot after the other, each to whoever has the fewest of those that want one more. */
function oneByOne(slots: number, demands: readonly Demand[]): number[] {
  const given = demands.map(() => ({ live: 0, test: 0, spare: 0 }))
  for (let left = slots; left > 0; left--) {
    const kind = (['live', 'test', 'spare'] as const).find((one) =>
      demands.some((demand, i) => one === 'spare' || (given[i]?.[one] ?? 0) < demand[one]),
    )
    if (kind === undefined) break
    const open = demands.flatMap((demand, i) =>
      kind === 'spare' || (given[i]?.[kind] ?? 0) < demand[kind]
        ? [given[i] as Record<string, number>]
        : [],
    )
    const [poorest] = open.sort((a, b) => (a[kind] ?? 0) - (b[kind] ?? 0))
    if (poorest === undefined) break
    poorest[kind] = (poorest[kind] ?? 0) + 1
  }
  return given.map(({ live, test, spare }) => live + test + spare)
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)

test('with live edits only, shards get what one slot after the other gives them', () => {
  const demand = fc.record({ live: fc.nat(20), test: fc.constant(0) })
  fc.assert(
    fc.property(fc.nat(60), fc.array(demand, { maxLength: 8 }), (slots, demands) => {
      const wanted = demands.reduce((sum, { live }) => sum + live, 0)
      // Where all have enough, what is left over goes to any of them.
      fc.pre(slots <= wanted)
      expect(sorted(divide(slots, demands))).toEqual(sorted(oneByOne(slots, demands)))
    }),
  )
})

test('all slots are given out, however they are wanted, and live edits have them before test edits', () => {
  const demand = fc.record({ live: fc.nat(20), test: fc.nat(20) })
  fc.assert(
    fc.property(fc.nat(80), fc.array(demand, { minLength: 1, maxLength: 8 }), (slots, demands) => {
      const given = divide(slots, demands)
      expect(given.reduce((sum, value) => sum + value, 0)).toBe(slots)
      const live = demands.reduce((sum, one) => sum + one.live, 0)
      if (slots >= live)
        for (const [i, one] of demands.entries()) expect(given[i]).toBeGreaterThanOrEqual(one.live)
    }),
  )
})

test('what nobody needs is kept back beyond a part for each', () => {
  const demands = [{ live: 1, test: 0 }]
  expect(divide(20, demands, 5)).toEqual([6])
})

test.each([
  // Half each; the rest of what one does not need goes to the other.
  [
    10,
    [
      [20, 0],
      [20, 0],
    ],
    [5, 5],
  ],
  [
    10,
    [
      [3, 0],
      [20, 0],
    ],
    [3, 7],
  ],
  // Ten that nobody needs are spread.
  [
    20,
    [
      [4, 0],
      [6, 0],
    ],
    [9, 11],
  ],
  // Test edits get what live edits leave.
  [
    10,
    [
      [8, 0],
      [0, 9],
    ],
    [8, 2],
  ],
] as const)('%i slots for %j', (slots, demands, expected) => {
  expect(
    divide(
      slots,
      demands.map(([live, test]) => ({ live, test })),
    ),
  ).toEqual(expected)
})
