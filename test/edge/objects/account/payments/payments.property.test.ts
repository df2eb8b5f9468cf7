/**
 * Whatever Stripe tells, in whatever order, twice, late or never, and whoever dies meanwhile: the ledger
 * says what was really paid and taken back, and nobody is charged twice.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sized } from '../../../../size.ts'
import { installCrypto } from '../../platform/crypto.ts'
import { plot } from './plot.ts'
import { live, type Told } from './story.ts'

const SEQUENCES = Number(process.env.SEQUENCES ?? sized(200, 5_000))
const SEED = Number(process.env.SEED ?? 1_199_717_565)

installCrypto()
// The objects log every fault that we make.
Object.assign(console, { error: () => {}, log: () => {} })

test(`${SEQUENCES} random stories of payments leave every ledger correct (seed ${SEED})`, {
  timeout: Math.max(900_000, 200 * SEQUENCES),
}, async () => {
  const told: Told[] = []
  await fc.assert(
    fc.asyncProperty(plot, async (one) => {
      told.push(await live(one))
    }),
    { numRuns: SEQUENCES, seed: SEED },
  )
  const sum = (what: keyof Told) => told.reduce((total, one) => total + one[what], 0)
  // Stories in which hardly anything happens would prove nothing.
  expect(sum('paid')).toBeGreaterThan(0.6 * SEQUENCES)
  expect(sum('recharged')).toBeGreaterThan(0.02 * SEQUENCES)
  expect(sum('refused')).toBeGreaterThan(0.02 * SEQUENCES)
  expect(sum('taken')).toBeGreaterThan(0.3 * SEQUENCES)
})
