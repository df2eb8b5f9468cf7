import { expect, test } from 'vitest'
import { filled } from '../../../shared/geometry/filled.ts'
import { draw } from '../../fixtures/drawing.ts'

const drawn = (...rows: string[]) => {
  const { mask } = draw(...rows)
  const { data, width } = filled(mask)
  return rows.map((_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((value) => '.#'[value]).join(''),
  )
}

test('holes are filled, bays and the border are not', () => {
  expect(
    drawn(
      '.........',
      '.#####.#.',
      '.#...#.#.',
      '.#.#.#.#.',
      '.#...#...',
      '.#####.##',
      '......##.',
    ),
  ).toEqual([
    '.........',
    '.#####.#.',
    '.#####.#.',
    '.#####.#.',
    '.#####...',
    '.#####.##',
    '......##.',
  ])
})

test('an outline that only touches at corners is closed, as outlines are 8-connected', () => {
  expect(drawn('.....', '..#..', '.#.#.', '..#..', '.....')).toEqual([
    '.....',
    '..#..',
    '.###.',
    '..#..',
    '.....',
  ])
})

test('a white mask stays white, and a black one black', () => {
  expect(drawn('##', '##')).toEqual(['##', '##'])
  expect(drawn('..', '..')).toEqual(['..', '..'])
})
