/** Things of one mask that touch, and are dragged apart. */

import { describe, expect, test } from 'vitest'
import { maskWithin } from '../../../shared/edit/area/within.ts'
import { filled } from '../../../shared/geometry/filled.ts'
import { defaultPlanOptions, planDrags } from '../../../shared/geometry/plan.ts'
import { sourceMask, thingTokens } from '../../../shared/geometry/source-mask.ts'
import {
  type Mask,
  maskAt,
  maskOfThing,
  maskOfThings,
  thingNumbers,
  tokenCoverage,
} from '../../../shared/mask.ts'
import { dragOf } from '../../fixtures/drawing.ts'

const IMAGE = { width: 160, height: 80 }
const GRID = { rows: 10, cols: 20 }

function rectangle(left: number, top: number, width: number, height: number): Uint8Array {
  const data = new Uint8Array(IMAGE.width * IMAGE.height)
  for (let y = top; y < top + height; y++)
    data.fill(1, y * IMAGE.width + left, y * IMAGE.width + left + width)
  return data
}
/** Two squares side by side. */
const mask = maskOfThings(IMAGE, [rectangle(64, 24, 16, 16), rectangle(80, 24, 16, 16)])
const apart = [dragOf(72, 32, 40, 32), dragOf(88, 32, 120, 32)]
const planOf = (scope: 'component' | 'thing', drags = apart, of: Mask = mask) =>
  planDrags(IMAGE, GRID, drags, of, { ...defaultPlanOptions, scope })
/** Columns of the targets in a row of tokens. */
const columns = ({ targets }: { targets: readonly number[] }, row: number) =>
  targets.filter((token) => Math.floor(token / GRID.cols) === row).map((token) => token % GRID.cols)

describe('scope thing', () => {
  test('moves two things that touch as two; scope component as one', () => {
    const plan = planOf('thing')
    expect(columns(plan, 3)).toEqual([4, 5, 14, 15])
    expect(plan.sources.slice(0, 4).map((token) => token % GRID.cols)).toEqual([8, 9, 10, 11])
    expect(plan.motion.parts).toEqual([[apart[0]], [apart[1]]])
    expect(plan.motion.partOf).toEqual([0, 0, 1, 1, 0, 0, 1, 1])
    expect(plan.warnings).toEqual([])
    const merged = planOf('component')
    expect(columns(merged, 3)).not.toEqual([4, 5, 14, 15])
    expect(merged.motion).not.toHaveProperty('partOf')
  })

  test('leaves a thing without a moving drag in its place, and gives a pin to its own', () => {
    const plan = planOf('thing', [dragOf(72, 32, 40, 32), dragOf(90, 30, 90, 30)])
    expect(columns(plan, 3)).toEqual([4, 5])
    expect(plan.sourceMask.map((token) => token % GRID.cols)).toEqual([8, 9, 8, 9])
  })

  test('moves pieces of a thing that do not touch together', () => {
    const [left, right] = [rectangle(16, 24, 16, 16), rectangle(48, 24, 16, 16)]
    const both = left.map((value, at) => value | (right[at] ?? 0))
    const plan = planOf('thing', [dragOf(20, 30, 20, 54)], maskOfThings(IMAGE, [both]))
    expect(columns(plan, 6)).toEqual([2, 3, 6, 7])
  })

  test('takes the thing at the handle’s pixel, also where another covers most of its token', () => {
    const drags = [dragOf(81, 32, 121, 32)]
    const uneven = maskOfThings(IMAGE, [rectangle(64, 24, 22, 16), rectangle(80, 24, 16, 16)])
    const source = sourceMask(
      IMAGE,
      { rows: 5, cols: 10 },
      drags,
      tokenCoverage(uneven, { rows: 5, cols: 10 }),
      IMAGE.width * IMAGE.height,
      'thing',
      thingTokens(uneven, { rows: 5, cols: 10 }),
    )
    expect(source.parts.map(({ thing }) => thing)).toEqual([2])
  })

  test('of a mask that tells nothing apart is scope component', () => {
    const { things: _, ...plain } = mask
    expect(planOf('thing', apart, plain).targets).toEqual(planOf('component').targets)
  })
})

test('numbers of things come along where a mask is scaled, cropped and filled', () => {
  const half = maskAt(mask, { width: 80, height: 40 })
  expect(thingNumbers(half)).toEqual([1, 2])
  expect(half.things?.filter((number) => number === 2)).toHaveLength(64)
  const area = { left: 72, top: 0, width: 80, height: 80 }
  const crop = maskWithin(mask, IMAGE, area)
  expect(crop.things?.filter((number) => number === 1)).toHaveLength(8 * 16)

  const ring = rectangle(16, 16, 24, 24)
  for (let y = 24; y < 32; y++) ring.fill(0, y * IMAGE.width + 24, y * IMAGE.width + 32)
  const island = rectangle(26, 26, 2, 2)
  const whole = filled(maskOfThings(IMAGE, [ring, island]))
  expect(maskOfThing(whole, 1).data.filter((value) => value === 1)).toHaveLength(24 * 24 - 4)
  expect(maskOfThing(whole, 2).data).toEqual(island)
})
