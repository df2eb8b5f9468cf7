/** What things leave: what is narrow beside them, and their soft shadows. */

import { expect, test } from 'vitest'
import { withWisps } from '../../../shared/instant/beside/with-wisps.ts'
import { cutOut } from '../../../shared/instant/cut-out.ts'
import { movingThings } from '../../../shared/instant/things.ts'
import { besideOf, closeBeside, vacated } from '../../../shared/instant/vacated.ts'
import { dragOf } from '../../fixtures/drawing.ts'

const SIZE = { width: 480, height: 400 }
const [LEFT, TOP, RIGHT, BOTTOM] = [180, 100, 240, 300]

/** The width of the shadow beside the thing, with waves. */
const shadowAt = (y: number) => 14 + 8 * Math.sin(y / 6)

function grey(x: number, y: number): number {
  if (y < TOP || y >= BOTTOM || x < LEFT) return 225
  if (x < RIGHT) return 25
  const share = Math.min(1, (x - RIGHT) / shadowAt(y))
  return Math.round(225 * (0.75 + 0.25 * share))
}

test('a soft shadow is not filled, also where it is as narrow as a twig', () => {
  const count = SIZE.width * SIZE.height
  const photo = { ...SIZE, data: new Uint8ClampedArray(4 * count) }
  const mask = { ...SIZE, data: new Uint8Array(count) }
  for (let y = 0, at = 0; y < SIZE.height; y++)
    for (let x = 0; x < SIZE.width; x++, at++) {
      photo.data.set([grey(x, y), grey(x, y), grey(x, y), 255], 4 * at)
      if (grey(x, y) === 25) mask.data[at] = 1
    }
  const drags = [dragOf(210, 200, 110, 200)]
  const geometry = { scope: 'component', field: 'inverse-distance', power: 2 } as const
  const things = movingThings(photo, mask, drags, geometry, {
    fixed: null,
    within: null,
    affects: null,
  })
  const flags = vacated(photo, things, mask, false)
  const before = flags.hole.slice()
  const shaded = new Uint8Array(count)
  const [thing] = things
  const beside = thing === undefined ? null : besideOf(photo, thing, mask, () => false)
  if (thing === undefined || beside === null) throw new Error('nothing moves')
  const cut = withWisps(photo, cutOut(photo, thing.outline), beside.wisps)
  closeBeside(photo, thing, { ...beside, cut }, flags, shaded, true)
  expect(shaded.filter((flag) => flag !== 0).length).toBeGreaterThan(1000)
  const torn = shaded.filter((flag, at) => flag !== 0 && flags.hole[at] !== before[at])
  expect(torn.length).toBe(0)
})
