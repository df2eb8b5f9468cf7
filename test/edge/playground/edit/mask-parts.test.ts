import { expect, test } from 'vitest'
import { partsAt } from '../../../../edge/playground/edit/mask-parts.ts'
import { whiteOn } from '../../../fixtures/drawing.ts'

const SIZE = { width: 30, height: 10 }
const pieces = [
  [1, 1, 4, 4],
  [10, 1, 4, 4],
  [20, 1, 2, 2],
  [25, 6, 2, 2],
] as const

test('each part with a handle is a thing, and the rest is another', () => {
  const mask = whiteOn(SIZE, ...pieces)
  const handles = [
    { x: 2, y: 2 },
    { x: 12, y: 3 },
    { x: 3, y: 4 },
  ]
  expect(partsAt(mask, handles)).toEqual([
    whiteOn(SIZE, pieces[0]),
    whiteOn(SIZE, pieces[1]),
    whiteOn(SIZE, pieces[2], pieces[3]),
  ])
  expect(partsAt(mask, [])).toEqual([mask])
})
