/**
 * Whatever is asked, repeated, lost or killed, and in whatever order: the money is right and every
 * edit ends. A failure prints its seed and the shortest history that still fails.
 */

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sized } from '../../size.ts'
import { live } from './history.ts'
import { history } from './operations.ts'
import { installCrypto } from './platform/crypto.ts'

const SEQUENCES = Number(process.env.SEQUENCES ?? sized(200, 5_000))
/** The same for everybody; give another to look further. */
const SEED = Number(process.env.SEED ?? 1_199_717_565)

/** One of two halves of all histories, so that two processes can share the work. */
export function testHistories(half: 0 | 1): void {
  const sequences = half === 0 ? Math.ceil(SEQUENCES / 2) : Math.floor(SEQUENCES / 2)
  const seed = SEED + half
  installCrypto()
  // The objects log every fault that we make.
  Object.assign(console, { error: () => {}, log: () => {} })
  // Most errors are the history's own. What is reported is what is not true, never where.
  Error.stackTraceLimit = 2

  test(`${sequences} random histories leave every ledger correct (seed ${seed})`, {
    timeout: Math.max(900_000, 200 * sequences),
  }, async () => {
    let settled = 0
    await fc.assert(
      fc.asyncProperty(history, async (plot) => {
        settled += await live(plot)
      }),
      { numRuns: sequences, seed },
    )
    // A driver that hardly gets anything accepted would prove nothing.
    expect(settled).toBeGreaterThan(sequences)
  })
}
