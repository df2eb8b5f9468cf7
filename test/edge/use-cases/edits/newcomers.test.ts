/** Edits that are created at the same time know of each other. */

import { describe, expect, test } from 'vitest'
import { lanes } from '../../../../edge/rpc/provider.ts'
import { type Admitting, admitted } from '../../../../edge/use-cases/edits/admission/admission.ts'
import type { Newcomer } from '../../../../edge/use-cases/edits/admission/newcomers.ts'
import { accepted, admitting, busy, crowd, enter, NOW, newcomer } from './queues.ts'

describe('edits that come at the same time', () => {
  /** Creates them, each while all before it are still being created. @returns who was admitted */
  async function burst(newcomers: readonly Newcomer[], by: Admitting): Promise<number[]> {
    const gate = Promise.withResolvers<void>()
    const all = newcomers.map((who) =>
      admitted(
        who,
        by,
        () => NOW,
        async () => {
          await gate.promise
          return accepted
        },
      ),
    )
    gate.resolve()
    const ends = await Promise.allSettled(all)
    return ends.flatMap(({ status }, index) => (status === 'fulfilled' ? [index] : []))
  }
  const many = (of: (index: number) => Partial<Newcomer>) =>
    Array.from({ length: 60 }, (_, index) => ({ ...newcomer, ...of(index) }))
  const first = (count: number) => Array.from({ length: count }, (_, index) => index)

  test.each([
    // One slot, taken; four seconds a run: the fifteenth has its slot after a minute.
    ['of one account', () => ({}), [busy()], 15],
    ['of as many accounts', (index: number) => ({ account: `${index}` }), [busy()], 15],
    ['between two providers', (index: number) => ({ account: `${index}` }), [busy(), busy()], 29],
    ['of client tokens', () => ({ lane: lanes.client }), [busy()], 15],
    [
      'of as many accounts, until the queue is full',
      (index: number) => ({ account: `${index}` }),
      [busy({ waiting: 90, secondsPerRun: 0.1, lanes: crowd(90, 1).lanes })],
      10,
    ],
  ] as const)('%s: as many are admitted as get a slot in time', async (_, of, statuses, fit) => {
    expect(await burst(many(of), admitting(...statuses))).toEqual(first(fit))
  })

  test('do not count where they are of another model that the provider does not serve', async () => {
    const by = admitting(busy())
    const others = many(() => ({ model: 'instant' }))
    for (const who of others) by.newcomers.add(who, NOW)
    expect(await burst([newcomer], by)).toEqual([0])
  })

  test('count until the provider was asked after they were accepted, and not at all if they are rejected', async () => {
    const by = admitting(busy())
    const who = (index: number) => ({ ...newcomer, account: `${index}` })
    for (let index = 0; index < 15; index++) await enter(who(index), by)
    await expect(enter(who(15), by)).rejects.toMatchObject({ code: 'model_unavailable' })
    const failed = () => Promise.reject(new Error('no photo'))
    const status = busy({ secondsPerRun: 3.5 })
    const asked = (askedAt: number): Admitting => ({
      ...by,
      queues: async () => [{ status, models: ['embedded-fast'], parts: 1, askedAt }],
    })
    // Room for 17 in all: two more, of which one fails.
    await expect(admitted(who(16), asked(NOW), () => NOW, failed)).rejects.toThrow('no photo')
    expect(await burst([who(17), who(18), who(19)], asked(NOW))).toEqual([0, 1])
    expect(await burst(first(17).map(who), asked(NOW + 1))).toEqual(first(17))
  })

  test('an entry of a request that was cut off is dropped after a minute', async () => {
    const { newcomers } = admitting()
    const [, , last] = [0, 59_000, 61_000].map((at) => newcomers.add(newcomer, NOW + at))
    expect(last && newcomers.own(last)).toBe(1)
  })
})
