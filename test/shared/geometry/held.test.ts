/** What pins hold, drawn. */

import { describe, expect, test } from 'vitest'
import { heldByPins } from '../../../shared/geometry/held.ts'
import { planDrags } from '../../../shared/geometry/plan.ts'
import { drag, draw, show } from '../../fixtures/drawing.ts'

const two = draw('..........', '.##....##.', '.##....##.', '..........')
const held = (scene: typeof two, drags: Parameters<typeof heldByPins>[1]) =>
  heldByPins(scene.image, drags, scene.mask, planDrags(scene.image, scene.grid, drags, scene.mask))

test('without pins nothing is held', () => {
  expect(held(two, [drag([1, 1], [2, 3])])).toBeNull()
})

test('a pin beside the mask holds its own token', () => {
  const { tokens, pixels } = held(two, [drag([1, 1], [2, 3]), drag([3, 5], [3, 5])]) ?? {}
  expect(tokens).toEqual([35])
  expect(pixels).toBeNull()
})

test('a pin at the border of two tokens holds the pixel right of it, too', () => {
  const pin = { x: 49.7, y: 35 }
  const found = held(two, [drag([1, 1], [2, 3]), { handle: pin, target: pin }])
  // The pixel in column 49 has its centre at 49.5.
  expect(found?.tokens).toEqual([34])
  const next = { x: 50, y: 35 }
  expect(held(two, [drag([1, 1], [2, 3]), { handle: next, target: next }])?.tokens).toEqual([35])
})

test('a pin on a part of the mask that does not move holds the whole part', () => {
  const found = held(two, [drag([1, 1], [2, 3]), drag([1, 7], [1, 7])])
  const pixels = found?.pixels?.data ?? new Uint8Array()
  expect(
    show(
      [...pixels.keys()].filter((i) => pixels[i] === 1),
      two.grid,
    ),
  ).toEqual(['..........', '.......##.', '.......##.', '..........'])
})

describe('a pin on the thing that moves', () => {
  const bar = draw('............', '.##########.', '............')

  test('holds the tokens around it that keep their place, and no pixels of its part', () => {
    const found = held(bar, [drag([1, 10], [1, 11]), drag([1, 1], [1, 1])])
    const plan = planDrags(
      bar.image,
      bar.grid,
      [drag([1, 10], [1, 11]), drag([1, 1], [1, 1])],
      bar.mask,
    )
    const still = plan.targets.filter((target, i) => plan.sources[i] === target)
    expect(found?.tokens).toEqual(still)
    expect(found?.tokens.length).toBeGreaterThan(2)
    expect(found?.pixels).toBeNull()
  })
})
