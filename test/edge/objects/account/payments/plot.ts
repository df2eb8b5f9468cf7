/** What may happen to an account that pays, and what may go wrong meanwhile: generators for fast-check. */

import fc from 'fast-check'
import type { CardNumber } from '../../../../fixtures/servers/stripe/objects.ts'
import type { Fault } from '../../universe.ts'

const slot = fc.nat(2)
const fault: fc.Arbitrary<Fault> = fc.option(
  fc.record({
    at: fc.nat(8),
    kind: fc.constantFrom(...(['lose-request', 'lose-reply', 'crash'] as const)),
  }),
  { freq: 2 },
)

const action = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({
      do: fc.constant('checkout' as const),
      slot,
      pack: fc.constantFrom(...(['small', 'large'] as const)),
      saveCard: fc.boolean(),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('pay' as const),
      payment: fc.nat(3),
      card: fc.constantFrom(
        ...([
          '4242424242424242',
          '4242424242424242',
          '4000000000000341',
          '4000000000000002',
        ] as const),
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('refund' as const),
      intent: fc.nat(3),
      amount: fc.constantFrom(1, 17, 50, 100),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('fail-refund' as const), refund: fc.nat(2) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('dispute' as const),
      intent: fc.nat(3),
      amount: fc.constantFrom(10, 50),
      inquiry: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['escalate', 'win', 'lose'] as const)),
      dispute: fc.nat(1),
    }),
  },
  // Events come in any order, more than once, much later, or not at all.
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      event: fc.nat(12),
      times: fc.integer({ min: 1, max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('auto-recharge' as const),
      on: fc.constantFrom(true, true, false),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      edits: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['cancel', 'succeed'] as const)),
      edit: fc.nat(3),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      mood: fc.constantFrom(...(['works', 'works', 'works', 'away', 'deaf', 'broken'] as const)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('lose-answer' as const), answer: fc.nat(4) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      seconds: fc.constantFrom(1, 100, 700, 8000, 90_000),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom(...(['crash', 'open'] as const)) }) },
)
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** One or two things at the same time, and what goes wrong meanwhile. */
export type Step = {
  readonly actions: readonly Action[]
  readonly fault: Fault
  /** Turns that the second waits before it begins. */
  readonly lag: number
}
const step: fc.Arbitrary<Step> = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 2 }),
  fault,
  lag: fc.nat(60),
})

/**
 * Many begin with a payment that was made and a card that was saved, which may be declined later: the
 * rest follows from them.
 */
export type Plot = { readonly paid: CardNumber | null; readonly steps: readonly Step[] }
export const plot: fc.Arbitrary<Plot> = fc.record({
  paid: fc.constantFrom(
    ...([
      '4242424242424242',
      '4242424242424242',
      '4242424242424242',
      '4000000000000341',
      null,
    ] as const),
  ),
  steps: fc.array(step, { minLength: 1, maxLength: 16 }),
})
