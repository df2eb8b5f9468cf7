/** Drawn things that are turned, scaled and stretched, against what they should look like. */

import { expect, test } from 'vitest'
import { motionError, motions } from '../../quality/turns.ts'

test.each(motions.map((motion) => [motion.name, motion] as const))('%s', (name, motion) => {
  const rigid = motionError(motion, 'rigid')
  const before = motionError(motion, 'inverse-distance')
  console.log(`${name}: mean error ${rigid.toFixed(2)}, by inverse distance ${before.toFixed(2)}`)
  expect(rigid).toBeLessThan(before / 2)
  // A stretch is not rigid: between its handles it is only nearly even.
  if (!name.includes('stretch')) expect(rigid).toBeLessThan(3)
})
