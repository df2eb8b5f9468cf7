/** What may happen in a history, and what may go wrong meanwhile: generators for fast-check. */

import fc from 'fast-check'
import type { Fault, Kind } from './universe.ts'

/** Idempotency-Keys from here on are those of batches. */
export const FIRST_BATCH = 4
const editNumber = fc.nat(FIRST_BATCH + 1)
const fault: fc.Arbitrary<Fault> = fc.option(
  fc.record({
    at: fc.nat(25),
    kind: fc.constantFrom(
      ...(['lose-request', 'lose-reply', 'crash', 'bucket-refuses', 'bucket-forgets'] as const),
    ),
  }),
  { freq: 2 },
)

/** One thing that happens. */
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('create' as const),
      edit: fc.nat(FIRST_BATCH - 1),
      by: fc.constantFrom(...(['key', 'key', 'child', 'client', 'client'] as const)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('batch' as const),
      edit: fc.constantFrom(FIRST_BATCH, FIRST_BATCH + 1),
      by: fc.constantFrom(...(['key', 'key', 'child', 'client'] as const)),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('worker' as const),
      step: fc.constantFrom(
        ...(['start', 'progress', 'store', 'succeed', 'fail', 'give-up', 'lie', 'repeat'] as const),
      ),
      run: fc.nat(5),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('time' as const),
      seconds: fc.constantFrom(1, 6, 31, 100, 400),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom(...(['cancel', 'remove', 'wake', 'refund'] as const)),
      edit: editNumber,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('topup' as const), number: fc.nat(2) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mood' as const),
      mood: fc.constantFrom(
        ...(['takes', 'busy', 'unreachable', 'takes-unheard', 'broken'] as const),
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('receiver' as const),
      mood: fc.constantFrom(...(['hears', 'away'] as const)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart-worker' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('bucket' as const),
      mood: fc.constantFrom(...(['works', 'fails'] as const)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('revoke' as const),
      who: fc.constantFrom(...(['key', 'child', 'client', 'client'] as const)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash' as const),
      what: fc.constantFrom(...(['account', 'provider', 0, 1, 2, 3, FIRST_BATCH] as const)),
    }),
  },
)
export type Action = typeof action extends fc.Arbitrary<infer T> ? T : never

/** One or two things at the same time, and what goes wrong meanwhile. */
export type Operation = {
  readonly actions: readonly Action[]
  readonly fault: Fault
  /** Turns that the second waits before it begins. */
  readonly lag: number
}
const operation: fc.Arbitrary<Operation> = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 2 }),
  fault,
  lag: fc.nat(80),
})

/**
 * Most histories begin with edits under way, and with something that meets their dispatch: the
 * interesting part is what happens to them.
 */
export const history = fc.tuple(
  fc.option(fc.record({ meanwhile: action, fault, lag: fc.nat(80) }), { freq: 3 }),
  fc.array(operation, { minLength: 1, maxLength: 14 }),
  // In some, the objects of one kind make their tables; making all would take longer than using them.
  fc.oneof(
    { weight: 30, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constant<Kind>('account') },
    { weight: 5, arbitrary: fc.constantFrom<Kind>('edit', 'provider') },
  ),
)
export type Plot = typeof history extends fc.Arbitrary<infer T> ? T : never
