import { expect, test } from 'vitest'
import { windowOrder } from '../../../../../gpu-worker/backbones/parts/vision/windows.ts'

const sizes = { patch_size: 14, spatial_merge_size: 2, window_size: 112 }
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i)

// The blocks in the tower's order, and the number of patches in each window, from transformers'
// get_vision_window_index.
test.each([
  [
    { rows: 10, cols: 12 },
    [0, 1, 2, 3, 6, 7, 8, 9, 12, 13, 14, 15, 18, 19, 20, 21, 4, 5, 10, 11, 16, 17, 22, 23].concat(
      range(24, 30),
    ),
    [64, 32, 16, 8],
  ],
  [{ rows: 8, cols: 8 }, range(0, 16), [64]],
  [{ rows: 2, cols: 18 }, range(0, 9), [16, 16, 4]],
])('%j: blocks by window, patches block by block', (grid, blocks, lengths) => {
  const { patches, positions, windows, tokens } = windowOrder(grid, sizes)
  expect(patches).toEqual(blocks.flatMap((block) => range(4 * block, 4 * block + 4)))
  expect(tokens.map((place) => blocks[place])).toEqual(range(0, blocks.length))
  const counts = [...new Set(windows)].map(
    (window) => windows.filter((other) => other === window).length,
  )
  expect(counts).toEqual(lengths)
  expect(windows).toEqual(lengths.flatMap((count, i) => new Array(count).fill(i)))
  // The first block is the four patches at the top left.
  expect(positions.slice(0, 4)).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ])
  expect(new Set(positions.map(String)).size).toBe(grid.rows * grid.cols)
})
