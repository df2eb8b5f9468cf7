import { describe, expect, test } from 'vitest'
import { packLatents, unpackLatents } from '../../../../gpu-worker/backbones/parts/packing.ts'

describe('packing', () => {
  const grid = { rows: 1, cols: 2 }
  // Two channels of 2 x 4.
  const latents = Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17)

  test('puts the four pixels of a token next to each other, channel by channel', () => {
    expect([...packLatents(latents, 2, grid)]).toEqual([
      0, 1, 4, 5, 10, 11, 14, 15, 2, 3, 6, 7, 12, 13, 16, 17,
    ])
  })

  test('is reversed by unpacking', () => {
    expect(unpackLatents(packLatents(latents, 2, grid), 2, grid)).toEqual(latents)
  })
})
