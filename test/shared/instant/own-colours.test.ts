/** Colours at a thing's border without the background's. */

import { describe, expect, test } from 'vitest'
import { takeOwnColours } from '../../../shared/instant/own-colours.ts'

const SIZE = { width: 24, height: 9 }
const BORDER = 12
const RED = [200, 0, 0] as const
const BLUE = [0, 0, 200] as const

/**
 * Red to the left, blue to the right of the border, and a column of a colour that is half a pixel so far inside the
 * border: negative is outside.
 */
function taken(colour: readonly number[], inside = 0, ground: readonly number[] = BLUE): number[] {
  const rgba = new Uint8ClampedArray(4 * SIZE.width * SIZE.height)
  const distances = new Float32Array(SIZE.width * SIZE.height)
  const column = BORDER - 1 - inside
  for (let at = 0; at < distances.length; at++) {
    const x = at % SIZE.width
    distances[at] = BORDER - x - 0.5
    rgba.set([...(x === column ? colour : x < BORDER ? RED : ground), 255], 4 * at)
  }
  const thing = Uint8Array.from(distances, (distance) => Number(distance >= 2))
  const sure = { thing, ground: Uint8Array.from(distances, (distance) => Number(distance <= -2)) }
  takeOwnColours(rgba, sure, distances, SIZE, 1)
  const at = 4 * (4 * SIZE.width + column)
  return [...rgba.subarray(at, at + 4)]
}

describe('a pixel at the border', () => {
  test('loses its share of the background', () => {
    // A fifth of blue; with it taken off, what is left is red.
    expect(taken([160, 0, 40])).toEqual([200, 0, 0, 255])
    // Texture stays: a fifth of blue, and four fifths of a red with 10 of green.
    expect(taken([160, 8, 40])).toEqual([200, 10, 0, 255])
  })

  test('has the colours from further inside if most of it is background', () => {
    expect(taken([40, 0, 160])).toEqual([200, 0, 0, 255])
    expect(taken([0, 0, 200])).toEqual([200, 0, 0, 255])
  })

  test('stays as it is where it is no mix of both sides: a dark edge, a light one', () => {
    expect(taken([10, 10, 10])).toEqual([10, 10, 10, 255])
    expect(taken([240, 240, 240])).toEqual([240, 240, 240, 255])
  })

  test('is nearly unchanged where both sides are alike', () => {
    const [red = 0] = taken([196, 0, 0], 0, [194, 0, 0])
    expect(Math.abs(red - 196)).toBeLessThan(3)
  })

  test('outside has the colours from further inside, whatever it is', () => {
    for (const colour of [BLUE, [10, 10, 10], [120, 0, 80]])
      expect(taken(colour, -1)).toEqual([200, 0, 0, 255])
  })
})
