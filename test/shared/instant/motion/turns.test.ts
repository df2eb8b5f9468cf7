/** Drawn things that are turned, scaled, stretched and squeezed, against what they should look like. */

import { expect, test } from 'vitest'
import { drawnMotion, type Motion, motions } from '../../../../evaluation/truth/drawn.ts'
import { errors } from '../../../../evaluation/truth/measures.ts'
import { borderDistances, partsOf } from '../../../../evaluation/truth/truth-case.ts'
import type { FieldKind } from '../../../../shared/geometry/fields/part-fields.ts'
import { editInstantly } from '../../../../shared/instant/instant.ts'

/** Mean error of the colours inside the thing at its new place, 0 to 255. */
function motionError(motion: Motion, field: FieldKind): number {
  const { before, after, shape, landed, drags } = drawnMotion(motion)
  const size = { width: before.width, height: before.height }
  const geometry = { scope: 'component', field, power: 2 } as const
  const mask = { ...size, data: shape }
  const still = { seed: 1, within: null, fixed: null, affects: null, shadows: 'move' as const }
  const data = editInstantly(before, { drags, mask, geometry, ...still })
  const parts = partsOf(borderDistances(shape, size), borderDistances(landed, size), size)
  return errors({ ...size, data }, after, parts.inside).meanError
}

test.each(motions.map((motion) => [motion.name, motion] as const))('%s', (name, motion) => {
  const rigid = motionError(motion, 'rigid')
  const before = motionError(motion, 'inverse-distance')
  console.log(`${name}: mean error ${rigid.toFixed(2)}, by inverse distance ${before.toFixed(2)}`)
  expect(rigid).toBeLessThan(before / 2)
  // A stretch is not rigid: between its handles it is only nearly even.
  if (!/stretch|squeeze/.test(name)) expect(rigid).toBeLessThan(3)
})
