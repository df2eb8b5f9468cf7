import { expect, test } from 'vitest'
import { tokenPositions } from '../../../../gpu-worker/backbones/parts/sequence/rope.ts'

test('positions are rows and columns', () => {
  const { rows, cols } = tokenPositions([0, 4, 5], { rows: 2, cols: 4 })
  expect([[...rows], [...cols]]).toEqual([
    [0, 1, 1],
    [0, 0, 1],
  ])
})
