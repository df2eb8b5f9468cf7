/** Connected components, against a flood that goes from token to token. */

import { expect, test } from 'vitest'
import { labelComponents } from '../../../shared/geometry/source-mask.ts'

/** Seeds in the order of their indices, each with everything that it reaches over edges and corners. */
function flooded(inMask: Uint8Array, rows: number, cols: number): number[] {
  const label = Array.from(inMask, () => -1)
  let count = 0
  const flood = (row: number, col: number) => {
    const at = row * cols + col
    if (row < 0 || row >= rows || col < 0 || col >= cols) return
    if (inMask[at] === 0 || label[at] !== -1) return
    label[at] = count
    for (const down of [-1, 0, 1]) for (const right of [-1, 0, 1]) flood(row + down, col + right)
  }
  inMask.forEach((_, at) => {
    if (inMask[at] === 0 || label[at] !== -1) return
    flood(Math.floor(at / cols), at % cols)
    count++
  })
  return label
}

test('components are those of a flood, with the same numbers, in 2,000 random masks', () => {
  let seed = 1
  // Marsaglia's multiplier.
  const random = () => {
    seed = (69_069 * seed + 1) % 2 ** 32
    return seed / 2 ** 32
  }
  for (let i = 0; i < 2000; i++) {
    const rows = 1 + Math.floor(9 * random())
    const cols = 1 + Math.floor(9 * random())
    const share = random()
    const mask = Uint8Array.from({ length: rows * cols }, () => (random() < share ? 1 : 0))
    const labels = [...labelComponents(mask, { rows, cols })]
    expect(labels, `${rows} rows of ${cols}: ${mask.join('')}`).toEqual(flooded(mask, rows, cols))
  }
})

test('two runs that only a later row joins are one component', () => {
  const joined = Uint8Array.from('101111', Number)
  expect([...labelComponents(joined, { rows: 2, cols: 3 })]).toEqual([0, -1, 0, 0, 0, 0])
})
